/* log - one JSON object per line on stderr, and on LOG_FILE when set (reopened by log_reopen(), SIGHUP).
 * Fields: timestamp level logger message request_id order_number exhibition_code user_id + the caller's own.
 * Never log a full phone number, a name, a secret or a token. */
#pragma once
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* What a line is about; any member may be NULL. Handlers log through the object they serve: see req_log() in bus.h. */
struct log_ctx {
    const char *request_id, *order_number, *exhibition_code;
    int64_t user_id; /* 0: none */
};

/* `logger` is the daemon's name. Safe to call again. */
void log_init(const char *logger, enum log_level min, const char *file);
void log_reopen(void);
void log_set_level(enum log_level min);
/* Extra fields: NULL-terminated pairs of text: log_write(LOG_INFO, &ctx, "order refused", "code", "SOLD_OUT", NULL). */
void log_write(enum log_level level, const struct log_ctx *ctx, const char *message, ...) __attribute__((sentinel));
/* The same at LOG_INFO for lines that come by the thousand: kept in memory until 4 KiB have gathered or log_flush() is called,
 * which the daemon must do several times a second and at its end. A killed process loses what was not flushed. */
void log_write_later(const struct log_ctx *ctx, const char *message, ...) __attribute__((sentinel));
void log_flush(void);
#define log_info(...) log_write(LOG_INFO, NULL, __VA_ARGS__, NULL)
#define log_warn(...) log_write(LOG_WARNING, NULL, __VA_ARGS__, NULL)
#define log_error(...) log_write(LOG_ERROR, NULL, __VA_ARGS__, NULL)
