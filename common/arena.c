#include "arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer memory that was given back is poisoned, so that use after a reset is reported. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define ARENA_POISON 1
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define poison(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN = 16, FIRST_CHUNK = 8 * 1024, CHUNK_MAX = 256 * 1024 };

struct chunk {
    struct chunk *older; /* NULL: the first one, which lives as long as the arena */
    size_t cap, used;
    alignas(ALIGN) char data[];
};

struct arena {
    struct chunk *top; /* blocks are taken from here */
    size_t max, cap;   /* limit and sum over all chunks */
};

static struct chunk *chunk_new(size_t cap, struct chunk *older) {
    struct chunk *c = calloc(1, sizeof *c + cap);
    if (c == NULL) return NULL;
    c->older = older;
    c->cap = cap;
    poison(c->data, cap);
    return c;
}

struct arena *arena_new(size_t max) {
    struct arena *a = calloc(1, sizeof *a);
    if (a == NULL) return NULL;
    a->max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2; /* so that rounding up cannot overflow */
    a->cap = max < FIRST_CHUNK ? max : FIRST_CHUNK;
    a->top = chunk_new(a->cap, NULL);
    if (a->top == NULL) {
        free(a);
        return NULL;
    }
    return a;
}

/* Chunks double in size; the last one is whatever the limit leaves. */
static bool arena_grow(struct arena *a, size_t n) {
    size_t left = a->max - a->cap;
    if (n > left) return false;
    size_t size = a->top->cap < CHUNK_MAX / 2 ? a->top->cap * 2 : CHUNK_MAX;
    if (size < n) size = n;
    if (size > left) size = left;
    struct chunk *c = chunk_new(size, a->top);
    if (c == NULL) return false;
    a->top = c;
    a->cap += size;
    return true;
}

void *arena_alloc(struct arena *a, size_t n) {
    if (n > a->max) return NULL;
    size_t room = n == 0 ? ALIGN : (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (room > a->top->cap - a->top->used && !arena_grow(a, room)) return NULL;
    char *p = a->top->data + a->top->used;
    a->top->used += room;
    unpoison(p, n);
    return p; /* zero since the chunk was made or wiped */
}

char *arena_strndup(struct arena *a, const char *s, size_t n) {
    size_t len = strnlen(s, n);
    char *copy = arena_alloc(a, len + 1);
    return copy == NULL ? NULL : memcpy(copy, s, len);
}

char *arena_strdup(struct arena *a, const char *s) { return arena_strndup(a, s, SIZE_MAX); }

char *arena_printf(struct arena *a, const char *fmt, ...) {
    char small[256];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    char *text = NULL;
    int len = vsnprintf(small, sizeof small, fmt, ap);
    if (len >= 0) text = arena_alloc(a, (size_t)len + 1);
    if (text != NULL && (size_t)len < sizeof small)
        memcpy(text, small, (size_t)len);
    else if (text != NULL)
        vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return text;
}

static void chunk_wipe(struct chunk *c) {
    unpoison(c->data, c->used);
    explicit_bzero(c->data, c->used);
    poison(c->data, c->used);
    c->used = 0;
}

void arena_reset(struct arena *a) {
    for (struct chunk *c; (c = a->top)->older != NULL;) {
        chunk_wipe(c);
        a->cap -= c->cap;
        a->top = c->older;
        free(c);
    }
    chunk_wipe(a->top);
}

void arena_free(struct arena **a) {
    if (*a == NULL) return;
    arena_reset(*a);
    free((*a)->top);
    free(*a);
    *a = NULL;
}
