/* Put before the C library (LD_PRELOAD): whoever syncs or writes a file waits for as many milliseconds as $DHP_SLOW_DISK says; while it says -1, until it
   says otherwise. That is how a disk looks that is busy, or whose path is being switched. https://man7.org/linux/man-pages/man8/ld.so.8.html */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static long delay_of_now(void) {
  char text[24] = {0};
  const char *path = getenv("DHP_SLOW_DISK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  return size > 0 ? strtol(text, NULL, 10) : 0;
}

static void rest(long milliseconds) {
  struct timespec left = {milliseconds / 1000, (milliseconds % 1000) * 1000000};
  while (nanosleep(&left, &left) != 0) {}
}

static void wait_for_disk(void) {
  long milliseconds = delay_of_now();
  if (milliseconds > 0) rest(milliseconds);
  while (milliseconds < 0 && delay_of_now() < 0) rest(20);
}

#define NEXT(name) static __typeof__(&name) next; if (!next) next = dlsym(RTLD_NEXT, #name)

int fsync(int file) { NEXT(fsync); wait_for_disk(); return next(file); }
int fdatasync(int file) { NEXT(fdatasync); wait_for_disk(); return next(file); }
int sync_file_range(int file, off64_t from, off64_t size, unsigned int flags) {
  NEXT(sync_file_range); wait_for_disk(); return next(file, from, size, flags);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) { NEXT(pwrite64); wait_for_disk(); return next(file, data, size, at); }
ssize_t pwrite(int file, const void *data, size_t size, off_t at) { NEXT(pwrite); wait_for_disk(); return next(file, data, size, at); }
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at) { NEXT(pwritev64); wait_for_disk(); return next(file, parts, count, at); }
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) { NEXT(pwritev); wait_for_disk(); return next(file, parts, count, at); }
