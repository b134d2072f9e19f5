// The client of Kafka's makers beside ours. Arguments: the server, a topic that we have written to and the messages in it, a topic for what this one writes.
// Prints what it reads, `read KEY PARTITION ID`; then it writes the same keys, `wrote KEY PARTITION`.
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Reader {
  public static void main(String[] args) throws Exception {
    int wanted = Integer.parseInt(args[2]);
    List<String> keys = new ArrayList<>();
    Map<String, Object> reading =
        Map.of("bootstrap.servers", args[0], "group.id", "java", "auto.offset.reset", "earliest");
    long end = System.currentTimeMillis() + 20_000;
    try (var consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(args[1]));
      while (keys.size() < wanted && System.currentTimeMillis() < end)
        for (var one : consumer.poll(Duration.ofMillis(200))) {
          keys.add(one.key());
          var id = new String(one.headers().lastHeader("id").value(), StandardCharsets.UTF_8);
          System.out.println("read " + one.key() + " " + one.partition() + " " + id);
        }
    }
    try (var producer =
        new KafkaProducer<>(Map.of("bootstrap.servers", args[0]), new StringSerializer(), new StringSerializer())) {
      for (var key : keys) {
        var stored = producer.send(new ProducerRecord<>(args[3], key, "x")).get();
        System.out.println("wrote " + key + " " + stored.partition());
      }
    }
  }
}
