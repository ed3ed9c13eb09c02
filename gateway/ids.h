/* ids - request ids without a system call each: unique, not secret. */
#pragma once

struct ids;
struct ids *ids_open(void); /* NULL: out of memory */
/* 32 hexadecimal characters and NUL. */
void ids_next(struct ids *ids, char out[33]);
void ids_close(struct ids **ids);
