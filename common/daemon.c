#include "daemon.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon_settings.h"
#include "db.h"
#include "health.h"
#include "log.h"
#include "redis.h"
#include "rights.h"
#include "timeutil.h"

#define STATEMENT_TIMEOUT_MS 2000
#define REDIS_TIMEOUT_MS 300
#define DRAIN_MS 5000
#define WATCHDOG_MS 9000
#define MAX_WORKERS 512

struct daemon {
    const struct daemon_spec *spec;
    struct daemon_settings settings;
    void *state;
    atomic_bool up /* start() is over */, draining;
    struct health *health;
    struct bus_server *bus;
    pthread_mutex_t lock; /* guards workers: each bus thread adds its own */
    struct worker workers[MAX_WORKERS];
    size_t n_workers;
};

/* ---- what a daemon may ask ---- */

void *daemon_config(struct daemon *d) { return d->spec->config; }

void daemon_set_state(struct daemon *d, void *state) { d->state = state; }

void *daemon_get_state(struct daemon *d) { return d->state; }

bool daemon_draining(const struct daemon *d) { return atomic_load(&d->draining); }

bool daemon_production(const struct daemon *d) { return d->settings.production; }

struct db *daemon_db(struct daemon *d, int statement_timeout_ms) {
    if (!d->settings.database_url) return NULL;
    return db_open(d->settings.database_url, d->spec->name, statement_timeout_ms);
}

struct redis *daemon_redis(struct daemon *d) {
    if (!d->settings.redis_url) return NULL;
    return redis_open(d->settings.redis_url, REDIS_TIMEOUT_MS);
}

const char *daemon_bus_key(struct daemon *d) { return d->settings.bus_key; }

const char *daemon_bus_listen(struct daemon *d) { return d->settings.bus_listen; }

void daemon_owner(const struct daemon *d, const char *instance, char out[DAEMON_OWNER_MAX]) {
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    if (*instance)
        snprintf(out, DAEMON_OWNER_MAX, "%s", instance);
    else
        snprintf(out, DAEMON_OWNER_MAX, "%s/%s", host, d->settings.bus_listen);
}

/* ---- bus ---- */

static struct worker make_worker(void *arg) {
    struct daemon *d = arg;
    struct worker w = {
        .daemon = d, .state = d->state, .db = daemon_db(d, STATEMENT_TIMEOUT_MS), .redis = daemon_redis(d)};
    pthread_mutex_lock(&d->lock);
    if (!w.db || (d->settings.redis_url && !w.redis) || d->n_workers == MAX_WORKERS) abort();
    d->workers[d->n_workers++] = w;
    pthread_mutex_unlock(&d->lock);
    return w;
}

static int start_bus(struct daemon *d) {
    const struct daemon_spec *spec = d->spec;
    struct bus_key keys[DAEMON_MAX_CALLERS];
    for (size_t i = 0; i < d->settings.n_callers; i++)
        keys[i] = (struct bus_key){d->settings.caller[i], d->settings.caller_key[i]};
    d->bus = bus_server_start(&(struct bus_server_conf){.listen = d->settings.bus_listen,
                                                        .self = spec->service,
                                                        .ops = spec->ops,
                                                        .n_ops = spec->n_ops,
                                                        .pools = spec->pools,
                                                        .n_pools = spec->n_pools,
                                                        .keys = keys,
                                                        .n_keys = d->settings.n_callers,
                                                        .make_worker = make_worker,
                                                        .arg = d});
    if (d->bus) return 0;
    log_error("bus does not start", "listen", d->settings.bus_listen);
    return -1;
}

static bool is_ready(void *arg) {
    struct daemon *d = arg;
    return atomic_load(&d->up) && !daemon_draining(d) && (!d->spec->ready || d->spec->ready(d));
}

/* ---- life ---- */

static sigset_t ending_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

/* Before the first thread, so that all inherit it: only main and the watchdog take signals, and they wait for them. */
static void prepare_process(void) {
    sigset_t set = ending_signals();
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static void wait_for_end(void) {
    sigset_t set = ending_signals();
    sigaddset(&set, SIGHUP);
    for (;;) {
        int sig = 0;
        if (sigwait(&set, &sig) != 0) continue;
        if (sig != SIGHUP) return;
        log_reopen();
    }
}

/* From the first signal on: a second one, or too long an end, ends the process at once. */
static void *watchdog(void *arg) {
    (void)arg;
    sigset_t set = ending_signals();
    int64_t until = time_mono_ms() + WATCHDOG_MS;
    int sig = 0;
    for (int64_t left = WATCHDOG_MS; sig <= 0 && left > 0; left = until - time_mono_ms()) {
        const struct timespec limit = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        sig = sigtimedwait(&set, NULL, &limit); /* ends early, with EINTR, when the process is stopped or traced */
    }
    log_warn(sig > 0 ? "second signal, leaving at once" : "end takes too long, leaving");
    _exit(EXIT_FAILURE);
}

static void start_watchdog(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, watchdog, NULL) == 0) pthread_detach(thread);
}

static int bring_up(struct daemon *d) {
    const struct daemon_spec *spec = d->spec;
    if (daemon_settings_load(spec, &d->settings) != 0) return -1;
    log_init(spec->name, daemon_settings_level(&d->settings), *d->settings.log_file ? d->settings.log_file : NULL);
    if (spec->check && spec->check(spec->config) != 0) return -1;
    fault_init(spec->faults, spec->n_faults);
    d->health = health_start(d->settings.metrics_listen, is_ready, d);
    if (!d->health) return -1;
    if (spec->start && spec->start(d) != 0) return -1;
    return spec->ops ? start_bus(d) : 0;
}

/* Handlers use the daemon's state, so the bus ends before spec->stop() frees it. */
static void take_down(struct daemon *d) {
    const struct daemon_spec *spec = d->spec;
    if (d->bus) bus_server_drain(d->bus, DRAIN_MS);
    if (spec->drain) spec->drain(d, DRAIN_MS);
    if (d->bus) bus_server_stop(&d->bus);
    if (spec->stop) spec->stop(d);
    health_stop(&d->health);
    for (size_t i = 0; i < d->n_workers; i++) {
        db_close(&d->workers[i].db);
        redis_close(&d->workers[i].redis);
    }
    daemon_settings_free(spec, &d->settings);
}

static int run(const struct daemon_spec *spec) {
    struct daemon *d = calloc(1, sizeof *d);
    if (!d) return EXIT_FAILURE;
    d->spec = spec;
    pthread_mutex_init(&d->lock, NULL);
    prepare_process();
    log_init(spec->name, LOG_INFO, NULL);
    if (bring_up(d) != 0) {
        log_error("not started");
        _exit(EXIT_FAILURE); /* half of its threads may run: nothing to take down in order */
    }
    atomic_store(&d->up, true);
    log_info("started");
    wait_for_end();
    start_watchdog();
    log_info("stopping");
    atomic_store(&d->draining, true);
    take_down(d);
    log_info("stopped");
    pthread_mutex_destroy(&d->lock);
    free(d);
    return EXIT_SUCCESS;
}

/* ---- command line ---- */

static void print_roles(unsigned roles) {
    const char *separator = "";
    for (unsigned bit = 1; bit & ROLES_EVERY; bit <<= 1)
        if (roles & bit) {
            printf("%s%s", separator, role_name((enum role)bit));
            separator = " ";
        }
}

/* Its parts with rights of their own stand below an op. */
static void print_parts(const char *service, const char *op) {
    size_t n = strlen(op);
    for (size_t i = 0; i < rights_count; i++) {
        const struct right *r = &rights[i];
        if (strcmp(r->service, service) != 0 || strncmp(r->op, op, n) != 0 || r->op[n] != '/') continue;
        printf("| `%s` | | ", r->op);
        print_roles(r->roles);
        puts(" | | |");
    }
}

static void print_ops(const struct daemon_spec *spec) {
    puts("| op | callers | roles | pool | meaning |\n| --- | --- | --- | --- | --- |");
    for (size_t i = 0; i < spec->n_ops; i++) {
        const struct bus_op *op = &spec->ops[i];
        printf("| `%s` | %s | ", op->name, op->callers);
        print_roles(rights_of(spec->service, op->name));
        printf(" | %s | %s |\n", spec->pools[op->pool].name, op->help);
        print_parts(spec->service, op->name);
    }
}

static void print_faults(const struct daemon_spec *spec) { fault_print(spec->faults, spec->n_faults); }

static void print_help(const struct daemon_spec *spec) {
    printf("usage: %s [--help | --settings | --ops | --fault-points%s%s]\n\n%s\n\n"
           "Settings come from the environment; see --settings.\n",
           spec->name, spec->table_option ? " | " : "", spec->table_option ? spec->table_option : "", spec->about);
}

int daemon_run(const struct daemon_spec *spec, int argc, char **argv) {
    const struct {
        const char *option;
        void (*print)(const struct daemon_spec *spec);
    } options[] = {{"--help", print_help},
                   {"--settings", daemon_settings_print},
                   {"--ops", print_ops},
                   {"--fault-points", print_faults},
                   {spec->table_option, spec->print_table}};
    if (argc < 2) return run(spec);
    for (size_t i = 0; i < sizeof options / sizeof *options && argc == 2; i++)
        if (options[i].option && strcmp(argv[1], options[i].option) == 0) {
            options[i].print(spec);
            return EXIT_SUCCESS;
        }
    print_help(spec);
    return 2;
}
