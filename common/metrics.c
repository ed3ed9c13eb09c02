#include "metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hash_text.h"

enum { SERIES_MAX = 2000, SLOTS = 4096 /* of the hash table: a power of two, at least twice SERIES_MAX */ };

static const struct {
    int64_t us;
    const char *le;
} bounds[] = {
    {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"}, {25000, "0.025"},
    {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"}, {1000000, "1"},
    {2500000, "2.5"}, {5000000, "5"},   {10000000, "10"},
};
enum { BOUNDS = sizeof bounds / sizeof *bounds };

struct family { /* all series of one name: Prometheus wants them together, under one HELP and TYPE */
    const char *name, *help;
    enum metric_kind kind;
    struct metric *first, *last;
    struct family *next;
};

struct metric {
    const struct family *family;
    const char *labels;
    struct metric *next;             /* in its family */
    atomic_llong value;              /* of a histogram: the sum in microseconds */
    atomic_llong bucket[BOUNDS + 1]; /* last: beyond the largest bound */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards everything but the numbers */
static struct metric *slots[SLOTS];
static size_t n_series;
static struct family *families;
static struct family **families_end = &families;
/* Counts every update of a series that found no place. */
static struct family overflow_family = {
    .name = "metrics_overflow_total", .help = "Updates of series beyond the limit.", .kind = METRIC_COUNTER};
static struct metric overflow = {.family = &overflow_family, .labels = ""};

/* ---- registering ---- */
static struct family *family_get(enum metric_kind kind, const char *name, const char *help) {
    for (struct family *f = families; f != NULL; f = f->next)
        if (strcmp(f->name, name) == 0) return f->kind == kind ? f : NULL;
    struct family *f = calloc(1, sizeof *f);
    char *own_name = strdup(name), *own_help = strdup(help);
    if (f == NULL || own_name == NULL || own_help == NULL) {
        free(f);
        free(own_name);
        free(own_help);
        return NULL;
    }
    *f = (struct family){.name = own_name, .help = own_help, .kind = kind};
    *families_end = f;
    families_end = &f->next;
    return f;
}

static struct metric *metric_new(enum metric_kind kind, const char *name, const char *labels, const char *help) {
    struct family *f = n_series < SERIES_MAX ? family_get(kind, name, help) : NULL;
    struct metric *m = f == NULL ? NULL : calloc(1, sizeof *m);
    char *own_labels = m == NULL ? NULL : strdup(labels);
    if (own_labels == NULL) {
        free(m);
        return NULL;
    }
    m->family = f;
    m->labels = own_labels;
    if (f->last != NULL)
        f->last->next = m;
    else
        f->first = m;
    f->last = m;
    n_series++;
    return m;
}

struct metric *metric_get(enum metric_kind kind, const char *name, const char *labels, const char *help) {
    size_t i = (hash_text(name) + hash_text(labels)) % SLOTS;
    pthread_mutex_lock(&lock);
    while (slots[i] != NULL && (strcmp(slots[i]->family->name, name) != 0 || strcmp(slots[i]->labels, labels) != 0))
        i = (i + 1) % SLOTS;
    if (slots[i] == NULL) slots[i] = metric_new(kind, name, labels, help);
    struct metric *m = slots[i] != NULL && slots[i]->family->kind == kind ? slots[i] : &overflow;
    pthread_mutex_unlock(&lock);
    return m;
}

/* ---- updating ---- */
static void add(atomic_llong *to, int64_t n) { atomic_fetch_add_explicit(to, n, memory_order_relaxed); }
static int64_t get(const atomic_llong *from) { return atomic_load_explicit(from, memory_order_relaxed); }

void metric_add(struct metric *m, int64_t n) { add(&m->value, m == &overflow ? 1 : n); }

void metric_set(struct metric *m, int64_t v) {
    if (m == &overflow)
        add(&m->value, 1);
    else
        atomic_store_explicit(&m->value, v, memory_order_relaxed);
}

void metric_observe_us(struct metric *m, int64_t us) {
    if (m == &overflow || m->family->kind != METRIC_HISTOGRAM) {
        metric_add(m, 1);
        return;
    }
    size_t i = 0;
    while (i < BOUNDS && us > bounds[i].us) i++;
    add(&m->bucket[i], 1);
    add(&m->value, us);
}

int64_t metric_value(const struct metric *m) {
    if (m->family->kind != METRIC_HISTOGRAM) return get(&m->value);
    int64_t n = 0;
    for (size_t i = 0; i <= BOUNDS; i++) n += get(&m->bucket[i]);
    return n;
}

/* ---- writing ---- */
static void write_name(struct strbuf *out, const struct metric *m, const char *suffix, const char *le) {
    bool labels = *m->labels != '\0';
    strbuf_puts(out, m->family->name);
    strbuf_puts(out, suffix);
    if (labels || le != NULL) strbuf_putc(out, '{');
    strbuf_puts(out, m->labels);
    if (le != NULL) strbuf_printf(out, "%sle=\"%s\"", labels ? "," : "", le);
    if (labels || le != NULL) strbuf_putc(out, '}');
    strbuf_putc(out, ' ');
}

static void write_int(struct strbuf *out, int64_t v) {
    strbuf_int(out, v);
    strbuf_putc(out, '\n');
}

/* _count is the sum of the buckets read here, so that both agree while others go on counting. */
static void write_histogram(struct strbuf *out, const struct metric *m) {
    int64_t n = 0;
    for (size_t i = 0; i <= BOUNDS; i++) {
        n += get(&m->bucket[i]);
        write_name(out, m, "_bucket", i < BOUNDS ? bounds[i].le : "+Inf");
        write_int(out, n);
    }
    int64_t us = get(&m->value);
    write_name(out, m, "_sum", NULL);
    strbuf_printf(out, "%lld.%06lld\n", (long long)(us / 1000000), (long long)(us % 1000000));
    write_name(out, m, "_count", NULL);
    write_int(out, n);
}

static void write_help(struct strbuf *out, const struct family *f) {
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    strbuf_printf(out, "# HELP %s ", f->name);
    for (const char *c = f->help; *c != '\0'; c++)
        if (*c == '\n')
            strbuf_puts(out, "\\n");
        else if (*c == '\\')
            strbuf_puts(out, "\\\\");
        else
            strbuf_putc(out, *c);
    strbuf_printf(out, "\n# TYPE %s %s\n", f->name, kinds[f->kind]);
}

static void write_series(struct strbuf *out, const struct metric *m) {
    if (m->family->kind == METRIC_HISTOGRAM) {
        write_histogram(out, m);
        return;
    }
    write_name(out, m, "", NULL);
    write_int(out, get(&m->value));
}

void metrics_write(struct strbuf *out) {
    pthread_mutex_lock(&lock);
    for (const struct family *f = families; f != NULL; f = f->next) {
        write_help(out, f);
        for (const struct metric *m = f->first; m != NULL; m = m->next) write_series(out, m);
    }
    pthread_mutex_unlock(&lock);
    write_help(out, &overflow_family);
    write_series(out, &overflow);
}
