/* settings - one sorted table per daemon drives parsing, defaults, ranges, --settings and docs/settings.md.
 * A value comes from the environment variable NAME, or from the file named by NAME_FILE. Const after start. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting_type { SET_TEXT, SET_INT, SET_BOOL /* on|off */ };
enum setting_flag {
    SET_SECRET = 1,   /* never printed; cleansed when replaced; also NAME_FILE */
    SET_REQUIRED = 2, /* no default: the daemon refuses to start without it */
    SET_HTTPS = 4,    /* addresses for browsers: production refuses plain http */
};

struct setting {
    const char *name;
    enum setting_type type;
    size_t offset;    /* into the daemon's config struct: char * | int64_t | bool */
    const char *def;  /* as it would stand in the environment; NULL with SET_REQUIRED */
    int64_t min, max; /* SET_INT: range; SET_TEXT: length */
    unsigned flags;
    const char *help; /* one sentence, English, names the unit */
};

/* Fills `config` from the environment. Logs every wrong value and returns -1 if there was one. */
int settings_load(const struct setting *table, size_t n, void *config);
/* Prints the table as Markdown rows (secrets masked). */
void settings_print(const struct setting *table, size_t n);
/* Is ENV production, in whatever case? Of every program, daemon or not. */
bool settings_production(void);
/* Cleanses secrets and frees texts; the table frees itself. */
void settings_free(const struct setting *table, size_t n, void *config);
