/* daemon_settings - the settings every daemon has, beside its own table. */
#pragma once
#include <stdbool.h>
#include "daemon.h"
#include "log.h"

#define DAEMON_MAX_CALLERS 8

struct daemon_settings {
    bool production;
    char *env, *log_file, *log_level, *metrics_listen, *database_url, *redis_url, *bus_listen, *bus_key;
    size_t n_callers;
    char *caller[DAEMON_MAX_CALLERS];     /* "gateway" */
    char *caller_key[DAEMON_MAX_CALLERS]; /* BUS_KEY_GATEWAY */
    char key_name[DAEMON_MAX_CALLERS][40];
};

/* Both tables from the environment into `s` and spec->config, with the rules that hold for every daemon. -1: refused. */
int daemon_settings_load(const struct daemon_spec *spec, struct daemon_settings *s);
/* Both tables as one, as Markdown. */
void daemon_settings_print(const struct daemon_spec *spec);
void daemon_settings_free(const struct daemon_spec *spec, struct daemon_settings *s);
enum log_level daemon_settings_level(const struct daemon_settings *s);
