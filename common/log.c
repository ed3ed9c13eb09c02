#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "timeutil.h"
#include "utf8.h"

/* Within PIPE_BUF, so that lines of several processes on one pipe never mix. */
enum { LINE_MAX_BYTES = 4096, LINE_TAIL = 3 /* always left for "}\n */, SEOUL_OFFSET_MS = 9 * 3600 * 1000 };

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

static _Atomic(const char *) logger_name = "";
static atomic_int min_level = LOG_INFO;
/* Once open, this descriptor keeps its number and is never closed: another file is put under it with dup3(), so that
 * writers need no lock. */
static atomic_int file_fd = -1;
static pthread_mutex_t file_lock = PTHREAD_MUTEX_INITIALIZER; /* guards file_path and opening */
static char *file_path;
static pthread_mutex_t later_lock = PTHREAD_MUTEX_INITIALIZER; /* guards later */
static struct line later;                                      /* whole lines that wait for log_flush() */

/* ---- one line ---- */
static size_t room(const struct line *l) {
    const size_t end = sizeof l->text - LINE_TAIL;
    return l->len < end ? end - l->len : 0;
}

static void put(struct line *l, const char *s, size_t n) {
    if (n > room(l)) n = room(l);
    memcpy(l->text + l->len, s, n);
    l->len += n;
}

/* Characters that are written as they are; most texts are nothing else. */
static size_t plain_length(const char *s) {
    size_t n = 0;
    while ((unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x7f && s[n] != '"' && s[n] != '\\') n++;
    return n;
}

/* Escaped; what is no UTF-8 becomes U+FFFD, what does not fit is cut between two characters. */
static void put_escaped(struct line *l, const char *s) {
    size_t plain = plain_length(s);
    put(l, s, plain);
    s += plain;
    for (size_t left = strlen(s), len; left > 0; s += len, left -= len) {
        char escape[7];
        const char *out = s;
        len = utf8_char(s, left);
        size_t n = len;
        if (len == 0) {
            len = 1;
            out = "\xEF\xBF\xBD";
            n = 3;
        } else if (*s == '"' || *s == '\\') {
            escape[0] = '\\';
            escape[1] = *s;
            out = escape;
            n = 2;
        } else if ((unsigned char)*s < 0x20) {
            n = (size_t)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)*s);
            out = escape;
        }
        if (n > room(l)) return;
        put(l, out, n);
    }
}

/* A field is written with its name and both quotes, or not at all; only its value may be cut. */
static void put_field(struct line *l, const char *name, const char *value) {
    if (value == NULL || room(l) < strlen(name) + 6) return;
    put(l, ",\"", 2);
    put_escaped(l, name);
    put(l, "\":\"", 3);
    put_escaped(l, value);
    l->text[l->len++] = '"'; /* from LINE_TAIL when the value filled the line */
}

static void put_start(struct line *l, enum log_level level) {
    static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
    char time[RFC3339_LEN + 1];
    time_rfc3339(time_now_ms() - SEOUL_OFFSET_MS, time); /* the digits of UTC */
    l->len = 0;
    put(l, "{\"timestamp\":\"", 14);
    put(l, time, 23);
    put(l, "Z\",\"level\":\"", 12);
    put(l, names[level], strlen(names[level]));
    put(l, "\"", 1);
}

/* ---- where lines go ---- */
static void write_line(int fd, const struct line *l) {
    ssize_t n;
    do n = write(fd, l->text, l->len);
    while (n < 0 && errno == EINTR);
}

/* The caller holds file_lock. */
static bool open_file(void) {
    int fd = open(file_path == NULL ? "/dev/null" : file_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return false;
    int kept = atomic_load(&file_fd);
    if (kept < 0) {
        atomic_store(&file_fd, fd);
        return true;
    }
    bool moved = dup3(fd, kept, O_CLOEXEC) == kept;
    close(fd);
    return moved;
}

void log_init(const char *logger, enum log_level min, const char *file) {
    atomic_store(&logger_name, logger);
    atomic_store(&min_level, (int)min);
    pthread_mutex_lock(&file_lock);
    free(file_path);
    file_path = file == NULL || *file == '\0' ? NULL : strdup(file);
    bool needed = file_path != NULL || atomic_load(&file_fd) >= 0;
    bool failed = needed && !open_file();
    pthread_mutex_unlock(&file_lock);
    if (failed) log_warn("log file cannot be opened", "file", file, "error", strerrordesc_np(errno));
}

void log_set_level(enum log_level min) { atomic_store(&min_level, (int)min); }

void log_reopen(void) {
    pthread_mutex_lock(&file_lock);
    bool failed = file_path != NULL && !open_file();
    pthread_mutex_unlock(&file_lock);
    if (failed) log_warn("log file cannot be reopened", "error", strerrordesc_np(errno));
}

static void build(struct line *l, enum log_level level, const struct log_ctx *ctx, const char *message,
                  va_list fields) {
    put_start(l, level);
    put_field(l, "logger", atomic_load_explicit(&logger_name, memory_order_relaxed));
    put_field(l, "message", message);
    if (ctx != NULL) {
        put_field(l, "request_id", ctx->request_id);
        put_field(l, "order_number", ctx->order_number);
        put_field(l, "exhibition_code", ctx->exhibition_code);
        char id[48];
        int n = ctx->user_id != 0 ? snprintf(id, sizeof id, ",\"user_id\":%lld", (long long)ctx->user_id) : 0;
        if ((size_t)n <= room(l)) put(l, id, (size_t)n);
    }
    for (const char *name; (name = va_arg(fields, const char *)) != NULL;) {
        const char *value = va_arg(fields, const char *);
        if (value == NULL) break; /* a missing value looks like the end: reading on would leave the list */
        put_field(l, name, value);
    }
    memcpy(l->text + l->len, "}\n", 2);
    l->len += 2;
}

static void emit(const struct line *l) {
    write_line(STDERR_FILENO, l);
    int fd = atomic_load(&file_fd);
    if (fd >= 0) write_line(fd, l);
}

static bool wanted(enum log_level level) {
    return (int)level >= atomic_load_explicit(&min_level, memory_order_relaxed);
}

void log_write(enum log_level level, const struct log_ctx *ctx, const char *message, ...) {
    if (!wanted(level)) return;
    struct line l;
    va_list fields;
    va_start(fields, message);
    build(&l, level, ctx, message, fields);
    va_end(fields);
    emit(&l);
}

/* The caller holds later_lock. */
static void flush(void) {
    if (later.len > 0) emit(&later);
    later.len = 0;
}

void log_write_later(const struct log_ctx *ctx, const char *message, ...) {
    if (!wanted(LOG_INFO)) return;
    struct line l;
    va_list fields;
    va_start(fields, message);
    build(&l, LOG_INFO, ctx, message, fields);
    va_end(fields);
    pthread_mutex_lock(&later_lock);
    if (l.len > sizeof later.text - later.len) flush();
    memcpy(later.text + later.len, l.text, l.len);
    later.len += l.len;
    pthread_mutex_unlock(&later_lock);
}

void log_flush(void) {
    pthread_mutex_lock(&later_lock);
    flush();
    pthread_mutex_unlock(&later_lock);
}
