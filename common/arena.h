/* arena - memory with the lifetime of one request.
 *
 * Everything taken from an arena is released at once by arena_reset() or arena_free(); nothing is freed alone. It is wiped then:
 * whatever passwords, codes and tokens a request held are gone with it, and whoever handles them need not think of it.
 * Not thread-safe: an arena belongs to whoever handles the request at that moment. */
#pragma once
#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new arena that refuses to grow beyond `max` bytes. NULL when out of memory. */
struct arena *arena_new(size_t max);
/* Zeroed, 16-byte aligned. NULL when the arena is at its limit. */
void *arena_alloc(struct arena *a, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Forgets all blocks but keeps the first chunk for the next request. */
void arena_reset(struct arena *a);
/* NULL-safe; sets *a to NULL. */
void arena_free(struct arena **a);
