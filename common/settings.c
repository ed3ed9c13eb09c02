#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "crypto.h"
#include "log.h"

enum { SECRET_FILE_MAX = 16 * 1024 };

/* ---- one value ---- */
static void *field_of(const struct setting *s, void *config) { return (char *)config + s->offset; }

static void forget(const struct setting *s, char *text) {
    if (text != NULL && (s->flags & SET_SECRET) != 0) cleanse(text, strlen(text));
    free(text);
}

static int wrong(const struct setting *s, const char *why) {
    log_error("setting refused", "setting", s->name, "reason", why);
    return -1;
}

static int out_of_range(const struct setting *s, const char *what) {
    char why[96];
    snprintf(why, sizeof why, "%s must be %lld to %lld", what, (long long)s->min, (long long)s->max);
    return wrong(s, why);
}

static int set_text(const struct setting *s, const char *value, char **field) {
    size_t len = value == NULL ? 0 : strlen(value);
    if (value != NULL && ((int64_t)len < s->min || (s->max > 0 && (int64_t)len > s->max)))
        return out_of_range(s, "length");
    char *copy = value == NULL ? NULL : strdup(value);
    if (value != NULL && copy == NULL) return wrong(s, "out of memory");
    forget(s, *field);
    *field = copy;
    return 0;
}

static int set_int(const struct setting *s, const char *value, int64_t *field) {
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    bool plain = (*value >= '0' && *value <= '9') || *value == '-'; /* strtoll would also take " +5" */
    if (!plain || *end != '\0' || end == value || errno != 0) return wrong(s, "not a whole number");
    if (v < s->min || v > s->max) return out_of_range(s, "value");
    *field = v;
    return 0;
}

static int set_bool(const struct setting *s, const char *value, bool *field) {
    *field = strcmp(value, "on") == 0;
    return *field || strcmp(value, "off") == 0 ? 0 : wrong(s, "must be on or off");
}

static int set_value(const struct setting *s, const char *value, void *config) {
    if (s->type == SET_TEXT) return set_text(s, value, field_of(s, config));
    if (value == NULL) return wrong(s, "has no default");
    return s->type == SET_INT ? set_int(s, value, field_of(s, config)) : set_bool(s, value, field_of(s, config));
}

/* ---- where it comes from ---- */
/* Content of a secret's file without the newlines at its end; 0, or -1 when it cannot be read whole. */
static int read_secret(const char *path, char *out, size_t cap) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    size_t len = 0;
    ssize_t n = 1;
    while (n > 0 && len < cap) {
        n = read(fd, out + len, cap - len);
        if (n > 0) len += (size_t)n;
    }
    close(fd);
    if (n < 0 || len == cap || memchr(out, '\0', len) != NULL) return -1;
    while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r')) len--;
    out[len] = '\0';
    return 0;
}

static int load_secret_file(const struct setting *s, const char *path, void *config) {
    char text[SECRET_FILE_MAX];
    int rc = read_secret(path, text, sizeof text);
    rc = rc == 0 ? set_value(s, text, config) : wrong(s, "its file cannot be read");
    cleanse(text, sizeof text);
    return rc;
}

static int load_one(const struct setting *s, void *config) {
    const char *value = getenv(s->name), *path = NULL;
    if ((s->flags & SET_SECRET) != 0) {
        char file_name[128];
        snprintf(file_name, sizeof file_name, "%s_FILE", s->name);
        path = getenv(file_name);
    }
    if (value != NULL && path != NULL) return wrong(s, "given twice: as a value and as a file");
    if (path != NULL) return load_secret_file(s, path, config);
    if (value == NULL && (s->flags & SET_REQUIRED) != 0) return wrong(s, "required");
    return set_value(s, value != NULL ? value : s->def, config);
}

static bool sorted(const struct setting *table, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (strcmp(table[i - 1].name, table[i].name) >= 0) {
            log_error("settings table is not sorted", "setting", table[i].name);
            return false;
        }
    return true;
}

int settings_load(const struct setting *table, size_t n, void *config) {
    int rc = sorted(table, n) ? 0 : -1;
    for (size_t i = 0; i < n; i++)
        if (load_one(&table[i], config) != 0) rc = -1;
    return rc;
}

bool settings_production(void) {
    const char *env = getenv("ENV");
    return env != NULL && strcasecmp(env, "production") == 0;
}

void settings_free(const struct setting *table, size_t n, void *config) {
    for (size_t i = 0; i < n; i++) {
        if (table[i].type != SET_TEXT) continue;
        char **field = field_of(&table[i], config);
        forget(&table[i], *field);
        *field = NULL;
    }
}

/* ---- the table for people ---- */
static void print_cell(const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '|') putchar('\\');
        putchar(*text);
    }
}

static void print_default(const struct setting *s) {
    if ((s->flags & SET_REQUIRED) != 0)
        fputs("required", stdout);
    else if (s->def == NULL || *s->def == '\0')
        fputs("none", stdout);
    else if ((s->flags & SET_SECRET) != 0)
        fputs("secret", stdout);
    else {
        putchar('`');
        print_cell(s->def);
        putchar('`');
    }
}

static void print_range(const struct setting *s) {
    if (s->type == SET_BOOL)
        fputs("on, off", stdout);
    else if (s->type == SET_INT)
        printf("%lld … %lld", (long long)s->min, (long long)s->max);
    else if (s->max > 0)
        printf("%lld … %lld characters", (long long)s->min, (long long)s->max);
    else
        fputs("text", stdout);
}

void settings_print(const struct setting *table, size_t n) {
    puts("| setting | default | range | meaning |\n| --- | --- | --- | --- |");
    for (size_t i = 0; i < n; i++) {
        const struct setting *s = &table[i];
        printf("| `%s`%s | ", s->name, (s->flags & SET_SECRET) != 0 ? " (or `…_FILE`)" : "");
        print_default(s);
        fputs(" | ", stdout);
        print_range(s);
        fputs(" | ", stdout);
        print_cell(s->help);
        puts(" |");
    }
}
