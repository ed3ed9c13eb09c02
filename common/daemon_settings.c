#include "daemon_settings.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_COMMON 32
#define MAX_ALL 128
#define MIN_SECRET 32
#define FIELD(member) offsetof(struct daemon_settings, member)

static const char *const environments[] = {"development", "test", "production"};
static const char *const levels[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *required_or(const char *def, unsigned *flags) {
    if (!def) *flags |= SET_REQUIRED;
    return def;
}

/* Rows for the keys of "gateway,payment": BUS_KEY_GATEWAY, BUS_KEY_PAYMENT. Already sorted when `callers` is. */
static size_t add_callers(const struct daemon_spec *spec, struct daemon_settings *s, struct setting *t, size_t n) {
    const char *p = spec->ops && spec->callers ? spec->callers : "";
    s->n_callers = 0;
    while (*p) {
        size_t len = strcspn(p, ",");
        if (s->n_callers == DAEMON_MAX_CALLERS || len > sizeof s->key_name[0] - sizeof "BUS_KEY_") abort();
        size_t i = s->n_callers++;
        s->caller[i] = strndup(p, len);
        int at = snprintf(s->key_name[i], sizeof s->key_name[i], "BUS_KEY_");
        for (size_t k = 0; k < len; k++) s->key_name[i][at + (int)k] = (char)toupper((unsigned char)p[k]);
        s->key_name[i][(size_t)at + len] = '\0';
        t[n++] = (struct setting){.name = s->key_name[i],
                                  .type = SET_TEXT,
                                  .offset = FIELD(caller_key) + i * sizeof(char *),
                                  .min = 1,
                                  .max = 256,
                                  .flags = SET_SECRET | SET_REQUIRED,
                                  .help = "Key with which that service signs its calls."};
        p += len + (p[len] == ',');
    }
    return n;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct setting *)a)->name, ((const struct setting *)b)->name);
}

/* The common rows that apply to this daemon, sorted. */
static size_t common_table(const struct daemon_spec *spec, struct daemon_settings *s, struct setting t[MAX_COMMON]) {
    size_t n = 0;
    unsigned metrics = 0, bus = 0;
    const char *metrics_def = required_or(spec->metrics_listen, &metrics);
    const char *bus_def = required_or(spec->bus_listen, &bus);
    t[n++] = (struct setting){
        "ENV",      SET_TEXT,
        FIELD(env), "development",
        1,          16,
        0,          "development, test or production; production refuses weak secrets and test settings."};
    t[n++] = (struct setting){"LOG_FILE",
                              SET_TEXT,
                              FIELD(log_file),
                              "",
                              0,
                              4096,
                              0,
                              "File that gets the log lines, too; reopened on SIGHUP."};
    t[n++] =
        (struct setting){"LOG_LEVEL", SET_TEXT, FIELD(log_level), "info", 1, 16, 0, "debug, info, warning or error."};
    t[n++] = (struct setting){"METRICS_LISTEN",
                              SET_TEXT,
                              FIELD(metrics_listen),
                              metrics_def,
                              3,
                              256,
                              metrics,
                              "host:port of /healthz, /readyz and /metrics."};
    if (spec->service) {
        t[n++] = (struct setting){"BUS_KEY",
                                  SET_TEXT,
                                  FIELD(bus_key),
                                  NULL,
                                  1,
                                  256,
                                  SET_SECRET | SET_REQUIRED,
                                  "Key with which this service signs its calls."};
    }
    if (spec->redis)
        t[n++] =
            (struct setting){"REDIS_URL", SET_TEXT, FIELD(redis_url), "redis://127.0.0.1:6379/0",
                             1,           1024,     SET_SECRET,       "redis://[[user]:password@]host[:port][/db]."};
    if (spec->ops) {
        t[n++] = (struct setting){"DATABASE_URL",
                                  SET_TEXT,
                                  FIELD(database_url),
                                  NULL,
                                  1,
                                  1024,
                                  SET_SECRET | SET_REQUIRED,
                                  "postgresql://role:password@host:port/database."};
        t[n++] = (struct setting){
            "BUS_LISTEN", SET_TEXT, FIELD(bus_listen), bus_def, 3, 256, bus, "host:port on which calls are taken."};
        n = add_callers(spec, s, t, n);
    }
    qsort(t, n, sizeof *t, by_name);
    return n;
}

static bool one_of(const char *value, const char *const *words, size_t n, const char *setting) {
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(value, words[i]) == 0) return true;
    log_error("setting refused", "setting", setting, "reason", "not one of the words it may be");
    return false;
}

/* Too short, or like the keys of examples and development files. Addresses are secrets for the password inside; how strong that
 * is, is not judged here. */
static bool is_weak(const char *secret) {
    static const char *const words[] = {"change", "default", "dev", "example", "sample", "secret", "test", "your"};
    if (strstr(secret, "://")) return false;
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcasestr(secret, words[i])) return true;
    return strlen(secret) < MIN_SECRET || strspn(secret, (char[]){*secret, '\0'}) == strlen(secret);
}

/* Why production refuses a value; NULL: it does not. */
static const char *unfit(const struct setting *t, const char *value) {
    if ((t->flags & SET_SECRET) && *value && is_weak(value)) return "weak or sample secret: make a random one";
    if ((t->flags & SET_HTTPS) && strcasestr(value, "http://")) return "plain http is not for production";
    return NULL;
}

static int refuse_unfit(const struct setting *t, size_t n, const void *config) {
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        if (t[i].type != SET_TEXT) continue;
        const char *value = *(char *const *)(const void *)((const char *)config + t[i].offset);
        const char *why = value ? unfit(&t[i], value) : NULL;
        if (!why) continue;
        log_error("setting refused", "setting", t[i].name, "reason", why);
        rc = -1;
    }
    return rc;
}

int daemon_settings_load(const struct daemon_spec *spec, struct daemon_settings *s) {
    struct setting t[MAX_COMMON];
    size_t n = common_table(spec, s, t);
    int rc = settings_load(t, n, s);
    if (spec->n_settings && settings_load(spec->settings, spec->n_settings, spec->config) != 0) rc = -1;
    if (rc != 0) return -1;
    if (!one_of(s->env, environments, COUNT(environments), "ENV")) rc = -1;
    if (!one_of(s->log_level, levels, COUNT(levels), "LOG_LEVEL")) rc = -1;
    s->production = settings_production();
    if (s->production) {
        if (refuse_unfit(t, n, s) != 0) rc = -1;
        if (refuse_unfit(spec->settings, spec->n_settings, spec->config) != 0) rc = -1;
    }
    return rc;
}

void daemon_settings_print(const struct daemon_spec *spec) {
    struct daemon_settings s = {0};
    struct setting all[MAX_ALL];
    size_t n = common_table(spec, &s, all);
    if (n + spec->n_settings > MAX_ALL) abort();
    if (spec->n_settings) memcpy(all + n, spec->settings, spec->n_settings * sizeof *all);
    n += spec->n_settings;
    qsort(all, n, sizeof *all, by_name);
    settings_print(all, n);
    for (size_t i = 0; i < s.n_callers; i++) free(s.caller[i]);
}

void daemon_settings_free(const struct daemon_spec *spec, struct daemon_settings *s) {
    for (size_t i = 0; i < s->n_callers; i++) free(s->caller[i]);
    struct daemon_settings scratch = {0}; /* the table is built again; its names need a place */
    struct setting t[MAX_COMMON];
    size_t n = common_table(spec, &scratch, t);
    settings_free(t, n, s);
    for (size_t i = 0; i < scratch.n_callers; i++) free(scratch.caller[i]);
    if (spec->n_settings) settings_free(spec->settings, spec->n_settings, spec->config);
}

enum log_level daemon_settings_level(const struct daemon_settings *s) {
    size_t level = 0;
    while (level < LOG_ERROR && strcasecmp(levels[level], s->log_level) != 0) level++;
    return (enum log_level)level;
}
