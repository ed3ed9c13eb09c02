#include "retention.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include "common/arena.h"
#include "common/audit.h"
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/every.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "config.h"
#include "op_retention.h"
#include "retention_due.h"

enum { ROUND_MS = 500, LEASE_SECONDS = 15, CALL_MS = 4000, TRIES = 3, TIMEOUT_MS = 5000, EXHIBITIONS_MAX = 10000 };
#define ARENA_MAX ((size_t)8 * 1024 * 1024)
#define BODY_MAX ((size_t)512 * 1024)
#define OWNER_BYTES 8

static const char *const services[] = {"booking", "payment", "entrance", "notify", "admin"};
#define N_SERVICES (sizeof services / sizeof *services)

static struct {
    struct admin *admin;
    struct db *db;
    struct arena *arena, *step; /* of a run, of a step */
    struct every *every;
    char owner[2 * OWNER_BYTES + 1];
    int64_t started_ms;
    atomic_bool stopping;
} self;

/* ---- what a run goes by ---- */

struct retention_run retention_run_by(const struct admin_config *c, int64_t requested_by) {
    return (struct retention_run){.requested_by = requested_by,
                                  .kept_days = c->retention_days,
                                  .contract_years = c->contract_years,
                                  .text_days = c->audit_text_days};
}

enum db_rc retention_tell(struct db *db, const struct bus_req *req, const struct retention_run *run, bool ended) {
    struct strbuf text;
    struct json_out o = {.b = &text};
    strbuf_init(&text, req->arena, BODY_MAX);
    retention_write(&o, run);
    const struct audit fact = {.entity = arena_printf(req->arena, "retention:%lld", (long long)run->id),
                               .version = ended ? 2 : 1,
                               .after = text.data};
    return strbuf_ok(&text) && fact.entity != NULL ? audit_emit(db, req, &fact) : DB_ERROR;
}

/* ---- calls ---- */

static enum status call(const char *service, const char *op, const char *body, struct bus_reply *reply) {
    const struct bus_head head = bus_service_head(op, "retention", body, strlen(body), CALL_MS);
    reply->status = ST_BUSY;
    /* A step may always be taken again. */
    for (int i = 0; i < TRIES && reply->status != ST_OK && !atomic_load(&self.stopping); i++)
        bus_call(self.admin->bus, service, "internal", &head, self.step, reply);
    return reply->status;
}

struct ids {
    int64_t v[EXHIBITIONS_MAX];
    size_t n;
};

static bool put(struct ids *ids, int64_t id) {
    if (ids->n == EXHIBITIONS_MAX) return false;
    ids->v[ids->n++] = id;
    return true;
}

/* Sorts a page of exhibitions by what is due of them. -1: not such an answer; 1: there are more behind *after. */
static int sort_ends(const struct bus_reply *reply, const struct retention_run *run, struct ids *over, struct ids *done,
                     int64_t *after) {
    const struct json_limits limits = {.values = BUS_MAX_MESSAGE, .members = 64};
    struct json_faults faults = {.n = 0};
    struct json_in in, item;
    int32_t today = date_seoul(time_now_ms()), last;
    if (json_open_within(&in, self.step, &faults, reply->body, reply->body_len, &limits) != ST_OK) return -1;
    size_t n = json_array(&in, "exhibitions", 0, EXHIBITIONS_MAX, JSON_REQUIRED);
    for (size_t i = 0; i < n; i++) {
        if (!json_item(&in, "exhibitions", i, &item)) return -1;
        *after = json_int(&item, "id", 1, INT32_MAX, JSON_REQUIRED);
        const char *text = json_text(&item, "end_date", 10, 10, JSON_REQUIRED);
        if (text == NULL || !date_parse(text, &last)) return -1;
        if (retention_days_over(last, today, run->kept_days) && !put(over, *after)) return -1;
        if (retention_years_over(last, today, run->contract_years) && !put(done, *after)) return -1;
    }
    bool more = json_bool(&in, "more", JSON_REQUIRED);
    return faults.n > 0 ? -1 : more;
}

/* The body of every step of this run. NULL: nobody said which exhibitions are over. */
static const char *write_wish(const struct retention_run *run) {
    struct ids *over = arena_alloc(self.arena, sizeof *over), *done = arena_alloc(self.arena, sizeof *done);
    struct bus_reply reply;
    struct strbuf body;
    struct json_out o = {.b = &body};
    int64_t after = 0;
    int more = over != NULL && done != NULL ? 1 : -1;
    while (more == 1) {
        const char *ask = arena_printf(self.arena, "{\"after\":%lld}", (long long)after);
        arena_reset(self.step);
        if (ask == NULL || call("booking", "exhibition.ends", ask, &reply) != ST_OK) return NULL;
        more = sort_ends(&reply, run, over, done, &after);
    }
    if (more != 0) return NULL;
    strbuf_init(&body, self.arena, BODY_MAX);
    json_obj(&o, NULL);
    json_put_int(&o, "kept_days", run->kept_days);
    json_put_int(&o, "text_days", run->text_days);
    json_put_int(&o, "now_ms", time_now_ms());
    json_put_ints(&o, "exhibitions", over->v, over->n);
    json_put_ints(&o, "contracts", done->v, done->n);
    json_obj_end(&o);
    return strbuf_ok(&body) ? body.data : NULL;
}

/* ---- a run ---- */

/* One service to its end. False: it does not answer, or the run is no longer ours. */
static bool ask_service(const struct retention_run *run, const char *service, const char *wish, bool *ours) {
    for (bool more = true; more;) {
        struct json_faults faults = {.n = 0};
        struct bus_reply reply;
        struct json_in in;
        arena_reset(self.step);
        if (call(service, "retention", wish, &reply) != ST_OK) return false;
        if (json_open(&in, self.step, &faults, reply.body, reply.body_len, false) != ST_OK) return false;
        more = json_bool(&in, "more", JSON_REQUIRED);
        const char *erased = json_raw(&in, "erased", BODY_MAX);
        if (faults.n > 0 || erased == NULL) return false;
        fault_hit("admin.retention.step");
        if (retention_run_note(self.db, self.step, run->id, self.owner, service, erased, LEASE_SECONDS, ours) != DB_OK)
            *ours = false;
        if (!*ours || atomic_load(&self.stopping)) return false;
    }
    return true;
}

/* The report is told in the transaction that ends the run. */
static void conclude(const struct retention_run *run, const char *const *missing, size_t n) {
    const struct bus_req req = {.arena = self.arena,
                                .head = {.op = "retention.run",
                                         .request_id = "retention",
                                         .user_id = run->requested_by,
                                         .role = run->requested_by != 0 ? ROLE_SUPERADMIN : ROLE_SERVICE,
                                         .client = ""}};
    struct retention_run *ended = NULL;
    bool ours = false;
    enum db_rc rc = db_begin(self.db);
    if (rc == DB_OK) rc = retention_run_end(self.db, self.arena, run->id, self.owner, missing, n, &ours);
    if (rc == DB_OK && ours) rc = retention_run_last(self.db, self.arena, &ended);
    if (rc == DB_OK && ended != NULL) rc = retention_tell(self.db, &req, ended, true);
    if (rc == DB_OK) rc = db_commit(self.db);
    if (rc != DB_OK) db_rollback(self.db); /* its lease lapses, and it is taken up again */
    if (n > 0) log_error("personal data could not be erased everywhere", "service", missing[0]);
}

static void run_all(const struct retention_run *run) {
    const char *missing[N_SERVICES];
    size_t n = 0;
    bool ours = true;
    const char *wish = write_wish(run);
    for (size_t i = 0; i < N_SERVICES && ours && !atomic_load(&self.stopping); i++)
        if (wish == NULL || !ask_service(run, services[i], wish, &ours)) missing[n++] = services[i];
    if (ours && !atomic_load(&self.stopping)) conclude(run, missing, n);
}

/* A system that has never had a run has nothing old: its first one is that of the next night. */
static void request_due(void) {
    struct retention_run *last;
    const struct retention_run wish = retention_run_by(self.admin->config, 0);
    bool made;
    if (retention_run_last(self.db, self.arena, &last) != DB_OK) return;
    int64_t begun = last != NULL ? last->begun_ms : self.started_ms;
    bool complete = last == NULL || last->ended_ms == 0 || strcmp(last->missing, "[]") == 0;
    if (retention_run_due(time_now_ms(), begun, complete)) retention_run_request(self.db, self.arena, &wish, &made);
}

static bool look(void *arg) {
    struct retention_run *run = NULL;
    (void)arg;
    arena_reset(self.arena);
    request_due();
    if (retention_run_claim(self.db, self.arena, self.owner, LEASE_SECONDS, &run) == DB_OK && run != NULL) run_all(run);
    return false;
}

/* ---- life ---- */

static int start(struct admin *a) {
    self.admin = a;
    self.started_ms = time_now_ms();
    uint8_t random[OWNER_BYTES];
    random_bytes(random, sizeof random);
    hex_encode(random, sizeof random, self.owner);
    self.db = daemon_db(a->daemon, TIMEOUT_MS);
    self.arena = arena_new(ARENA_MAX);
    self.step = arena_new(ARENA_MAX);
    if (self.db != NULL && self.arena != NULL && self.step != NULL) self.every = every_start(ROUND_MS, look, NULL);
    if (self.every == NULL) log_error("retention cannot start");
    return self.every != NULL ? 0 : -1;
}

static void stop(void) {
    atomic_store(&self.stopping, true);
    every_stop(&self.every);
    arena_free(&self.step);
    arena_free(&self.arena);
    db_close(&self.db);
}

const struct admin_part retention_part = {"retention", start, stop};
