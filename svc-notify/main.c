/* svc-notify - messages to buyers: what booking and payment tell becomes an Alimtalk message, once.
 *
 * Answers: ops.c. Settings: settings.c. Fault points: fault_points.c. Tables: schema notify, all of it. Calls: booking and
 * payment (events), and the provider (by the struct in provider.h).
 *
 * A message: facts.c takes what was told, plan.c says which messages that calls for, plan_store.c makes their rows. The
 * crew takes them up: send.c saves a row as being sent, calls the provider, and message.c says where the row goes from
 * there; what may have been taken is looked up (look_up.c), what became of it is read (feed.c). What only the operator can
 * mend rests (rests.c), useless messages are dropped (keep.c). */
#include <stdatomic.h>
#include <string.h>
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/arena.h"
#include "common/db.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "config.h"
#include "crew.h"
#include "facts.h"
#include "fault_points.h"
#include "message_store.h"
#include "notify.h"
#include "ops.h"
#include "outbox.h"
#include "replan.h"
#include "rests.h"
#include "template.h"

#define LEASE_MORE_SECONDS 15 /* than a call to the provider may take */
#define TEXTS_MAX ((size_t)1024 * 1024)
#define TIMEOUT_MS 5000

static struct bus_pool pools[POOL_COUNT] = {
    [POOL_STAFF] = {"staff", 0, 256},
    [POOL_INTERNAL] = {"internal", 0, 64},
};
static const struct bus_lane lanes[] = {{"internal", 4, 1, 64}};

/* Everything start() makes, in the order in which stop() takes it down from the end. */
static struct parts {
    struct notify notify;
    struct provider provider;
    struct rests *rests;
    struct crew *crew;
    struct consumers *facts;
    struct arena *texts; /* templates in use */
    char owner[DAEMON_OWNER_MAX];
    atomic_bool stopping; /* calls to the provider are given up */
} parts;

/* A text that breaks the rules would be refused by the provider, message by message. */
static int start_templates(const struct notify_config *c) {
    parts.texts = arena_new(TEXTS_MAX);
    if (parts.texts == NULL || !template_scheme(parts.texts, c->public_url)) return -1;
    for (size_t i = 0; i < template_count; i++) {
        const char *fault = template_fault(parts.texts, template_at(i));
        if (fault == NULL) continue;
        log_error("template refused", "template", template_at(i)->key, "reason", fault);
        return -1;
    }
    const char *host = strstr(c->public_url, "://");
    parts.notify.site = host == NULL ? c->public_url : host + strlen("://");
    return 0;
}

/* The first setting that is missing for this provider; NULL: none. */
static const char *missing_setting(const struct notify_config *c, const struct provider_row *row, const char *secret) {
    if (*c->app_key == '\0') return "ALIMTALK_APP_KEY";
    if (*secret == '\0') return "ALIMTALK_SECRET_KEY";
    if (*c->sender_key == '\0') return "KAKAO_SENDER_KEY";
    return row->needs_sms_sender && *c->sms_sender == '\0' ? "ALIMTALK_SMS_SENDER" : NULL;
}

/* Without its settings messages wait, and everything else goes on. */
static int start_provider(struct daemon *d, const struct notify_config *c) {
    if (strcmp(c->provider, "off") == 0) {
        log_warn("no provider: messages wait", "setting", "ALIMTALK_PROVIDER");
        return 0;
    }
    const struct provider_row *row = provider_find(c->provider);
    if (row == NULL) {
        log_error("setting refused", "setting", "ALIMTALK_PROVIDER", "reason", "there is no such provider");
        return -1;
    }
    const char *secret = *c->secret_key != '\0' ? c->secret_key : c->rest_api_key;
    const char *missing = missing_setting(c, row, secret);
    if (missing != NULL) {
        log_error("messages wait: a setting of the provider is missing", "provider", row->name, "setting", missing);
        return 0;
    }
    if (*c->sms_sender == '\0') log_warn("whom Alimtalk does not reach gets no text message: ALIMTALK_SMS_SENDER");
    const struct provider_conf conf = {.base_url = *c->base_url != '\0' ? c->base_url : row->base_url,
                                       .app_key = c->app_key,
                                       .secret_key = secret,
                                       .sender_key = c->sender_key,
                                       .sms_sender = c->sms_sender,
                                       .timeout_ms = (int)c->timeout_seconds * 1000,
                                       .plain_http = !daemon_production(d),
                                       .basic_base64 = c->basic_base64,
                                       .stop = &parts.stopping};
    if (!row->open(&conf, &parts.provider)) return -1;
    parts.notify.provider = &parts.provider;
    return 0;
}

static int start_crew(struct daemon *d, const struct notify_config *c) {
    /* Those that call the provider come last. */
    const struct job jobs[] = {
        {"keep", 1, 1000, keep_round},
        {"replan", 1, 500, replan_round},
        {"house", 1, 60000, house_round},
        {"urgent", 1, 100, send_urgent_round},
        {"send", (int)c->send_threads - 1, 250, send_round},
        {"look_up", 1, 250, look_up_round},
        {"feed", 1, 250, feed_round},
    };
    struct arena *a = arena_new(TEXTS_MAX);
    struct db *db = daemon_db(d, TIMEOUT_MS);
    /* Before the crew runs: afterwards these leases may be its own. */
    if (a != NULL && db != NULL) message_store_take_back(db, a, parts.owner);
    db_close(&db);
    arena_free(&a);
    parts.crew = crew_start(d, jobs, parts.notify.provider == NULL ? 3 : sizeof jobs / sizeof *jobs);
    return parts.crew == NULL ? -1 : 0;
}

/* From what is asked to who asks; -1 ends the process, so nothing is taken down here. */
static int start(struct daemon *d) {
    const struct notify_config *c = daemon_config(d);
    const struct bus_service services[] = {{"booking", c->booking_addr, lanes, 1},
                                           {"payment", c->payment_addr, lanes, 1}};
    struct notify *n = &parts.notify;
    pools[POOL_STAFF].workers = (int)c->staff_workers;
    pools[POOL_INTERNAL].workers = (int)c->internal_workers;
    daemon_owner(d, c->instance, parts.owner);
    n->config = c;
    n->owner = parts.owner;
    n->lease_seconds = c->timeout_seconds + LEASE_MORE_SECONDS;
    n->pace = pace_new(c->rate, time_mono_ms());
    pthread_mutex_init(&n->pace_lock, NULL);
    daemon_set_state(d, n);
    if (start_templates(c) != 0 || start_provider(d, c) != 0) return -1;
    n->token_key = hmac_key_new(c->order_token_key, strlen(c->order_token_key));
    n->bus = bus_client_open("notify", daemon_bus_key(d), services, 2);
    n->rests = parts.rests = rests_new(c->rest_ms);
    if (n->token_key == NULL || n->bus == NULL || n->rests == NULL) return -1;
    if (start_crew(d, c) != 0 || (parts.facts = facts_start(d, n->bus)) == NULL) return -1;
    return 0;
}

static void stop(struct daemon *d) {
    struct notify *n = &parts.notify;
    (void)d;
    atomic_store(&parts.stopping, true);
    consumers_stop(&parts.facts);
    crew_stop(&parts.crew);
    bus_client_close(&n->bus);
    if (n->provider != NULL) parts.provider.close(parts.provider.self);
    rests_free(&parts.rests);
    hmac_key_free(&n->token_key);
    pthread_mutex_destroy(&n->pace_lock);
    arena_free(&parts.texts);
}

int main(int argc, char **argv) {
    static struct notify_config config;
    const struct daemon_spec spec = {
        .name = "svc-notify",
        .service = "notify",
        .about = "Messages to the buyers of the ticket system: Alimtalk through a provider, a text message where that "
                 "fails.",
        .settings = notify_settings,
        .n_settings = notify_n_settings,
        .config = &config,
        .ops = notify_ops,
        .n_ops = notify_n_ops,
        .pools = pools,
        .n_pools = POOL_COUNT,
        .faults = notify_faults,
        .n_faults = notify_n_faults,
        .metrics_listen = "127.0.0.1:9105",
        .bus_listen = "127.0.0.1:7131",
        .callers = "gateway,admin",
        .start = start,
        .stop = stop,
    };
    return daemon_run(&spec, argc, argv);
}
