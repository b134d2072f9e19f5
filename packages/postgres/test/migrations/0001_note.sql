create table sample.note (text text not null);
