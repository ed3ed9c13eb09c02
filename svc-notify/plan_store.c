#include "plan_store.h"
#include "common/arena.h"
#include "common/crypto.h"
#include "common/json.h"
#include "common/strbuf.h"
#include "common/timeutil.h"

#define OWN_ID_LETTERS 26 /* 130 random bits */
#define VARS_MAX ((size_t)16 * 1024)
#define TOLD "('delivered', 'fallback', 'fallback_sent')"
#define USE_DAYS 30 /* of what has no better end: an outage may be long, and what came of a refund stays true */

struct columns { /* the messages of a page */
    const char **orders, **events, **own_ids, **templates, **phones, **vars, **due, **until, **begins;
    int64_t *priorities, *exhibitions, *token_versions;
    size_t n;
};
struct pairs { /* orders and the fact they wait for */
    const char **orders, **entities;
    size_t n;
};

/* What the provider will know the message by; nobody can guess it. */
static const char *own_id(struct arena *a) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t random[OWN_ID_LETTERS];
    char *id = arena_alloc(a, OWN_ID_LETTERS + 1);
    random_bytes(random, sizeof random);
    for (size_t i = 0; id != NULL && i < OWN_ID_LETTERS; i++) id[i] = letters[random[i] & 31];
    return id;
}

static const char *vars_json(struct arena *a, const struct planned *m) {
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, a, VARS_MAX);
    json_obj(&o, NULL);
    for (size_t i = 0; i < m->template->n_vars; i++)
        if (m->values[i] != NULL) json_put_text(&o, m->template->vars[i].name, m->values[i]);
    json_obj_end(&o);
    return strbuf_ok(&b) ? b.data : NULL;
}

/* Of 0: NULL, the statement knows better. */
static bool put_time(struct arena *a, int64_t ms, const char **out) {
    char *text = ms == 0 ? NULL : arena_alloc(a, RFC3339_LEN + 1);
    if (text != NULL) time_rfc3339(ms, text);
    *out = text;
    return ms == 0 || text != NULL;
}

static bool columns_new(struct arena *a, size_t n, struct columns *c) {
    const char ***texts[] = {&c->orders, &c->events, &c->own_ids, &c->templates, &c->phones,
                             &c->vars,   &c->due,    &c->until,   &c->begins};
    int64_t **ints[] = {&c->priorities, &c->exhibitions, &c->token_versions};
    bool made = true;
    c->n = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        made = (*texts[i] = arena_alloc(a, (n + 1) * sizeof **texts[i])) != NULL && made;
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        made = (*ints[i] = arena_alloc(a, (n + 1) * sizeof **ints[i])) != NULL && made;
    return made;
}

static bool put(struct arena *a, struct columns *c, const struct order_fact *o, const struct planned *m) {
    size_t i = c->n++;
    c->orders[i] = o->number;
    c->events[i] = m->event;
    c->own_ids[i] = own_id(a);
    c->templates[i] = m->template->key;
    c->priorities[i] = m->template->priority;
    c->exhibitions[i] = o->exhibition_id;
    c->phones[i] = o->phone;
    c->vars[i] = vars_json(a, m);
    c->token_versions[i] = o->token_version;
    c->begins[i] = m->only_before_due && time_now_ms() >= m->due_ms ? "f" : "t";
    return put_time(a, m->due_ms, &c->due[i]) && put_time(a, m->until_ms, &c->until[i]) && c->own_ids[i] != NULL &&
           c->vars[i] != NULL;
}

/* New ones are made; what has not been told gets the words of now, also while it is under way or has failed: it may have to be
 * sent again. What was dropped may be of use again: a refund was refused. A pause before the next try stays, and only
 * messages that nobody works on get another version. Rows are locked in the order of their names. */
static enum db_rc insert(struct db *db, struct arena *a, const struct columns *c) {
    static const struct db_stmt stmt = {
        "plan_insert",
        "INSERT INTO messages (order_number, event, own_id, template, priority, exhibition_id, phone, vars, "
        "token_version, due_at, useful_until) "
        "SELECT m.order_number, m.event, m.own_id, m.template, m.priority, m.exhibition_id, m.phone, m.vars, "
        "m.token_version, CASE WHEN m.due_at IS NULL THEN coalesce(x.due_at, now()) "
        "WHEN x.tries > 0 THEN greatest(m.due_at, x.due_at) ELSE m.due_at END, "
        "coalesce(m.useful_until, x.useful_until, now() + $13 * interval '1 day') "
        "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::int[], $7::text[], "
        "$8::jsonb[], $9::smallint[], $10::timestamptz[], $11::timestamptz[], $12::boolean[]) m (order_number, event, "
        "own_id, template, priority, exhibition_id, phone, vars, token_version, due_at, useful_until, begins) "
        "LEFT JOIN messages x ON x.order_number = m.order_number AND x.event = m.event "
        "WHERE m.begins OR x.state <> 'dropped' ORDER BY m.order_number, m.event "
        "ON CONFLICT (order_number, event) DO UPDATE SET "
        "state = CASE messages.state WHEN 'dropped' THEN 'queued' ELSE messages.state END, phone = excluded.phone, "
        "vars = excluded.vars, token_version = excluded.token_version, useful_until = excluded.useful_until, "
        "due_at = CASE WHEN messages.state IN ('queued', 'dropped') THEN excluded.due_at ELSE messages.due_at END, "
        "ended_at = CASE messages.state WHEN 'dropped' THEN NULL ELSE messages.ended_at END, "
        "version = messages.version + (messages.state IN ('queued', 'dropped'))::int "
        "WHERE CASE messages.state WHEN 'dropped' THEN excluded.useful_until > now() "
        "WHEN 'queued' THEN (messages.phone, messages.vars, messages.token_version, messages.useful_until, "
        "  messages.due_at) IS DISTINCT FROM (excluded.phone, excluded.vars, excluded.token_version, "
        "  excluded.useful_until, excluded.due_at) "
        "ELSE messages.state NOT IN " TOLD " AND (messages.phone, messages.vars, messages.token_version, "
        "  messages.useful_until) IS DISTINCT FROM (excluded.phone, excluded.vars, excluded.token_version, "
        "  excluded.useful_until) END"};
    struct db_args args = db_args(a);
    db_arg_texts(&args, c->orders, c->n);
    db_arg_texts(&args, c->events, c->n);
    db_arg_texts(&args, c->own_ids, c->n);
    db_arg_texts(&args, c->templates, c->n);
    db_arg_ints(&args, c->priorities, c->n);
    db_arg_ints(&args, c->exhibitions, c->n);
    db_arg_texts(&args, c->phones, c->n);
    db_arg_texts(&args, c->vars, c->n);
    db_arg_ints(&args, c->token_versions, c->n);
    db_arg_texts(&args, c->due, c->n);
    db_arg_texts(&args, c->until, c->n);
    db_arg_texts(&args, c->begins, c->n);
    db_arg_int(&args, USE_DAYS);
    return db_exec(db, &stmt, &args, NULL);
}

/* What waits is dropped; what is under way, or has failed, is not sent again. */
static enum db_rc drop_others(struct db *db, struct arena *a, const struct columns *c, const char *const *orders,
                              size_t n) {
    static const struct db_stmt stmt = {
        "plan_drop",
        "UPDATE messages m SET state = CASE WHEN d.waits THEN 'dropped' ELSE m.state END, "
        "due_at = CASE WHEN NOT d.waits THEN m.due_at END, ended_at = CASE WHEN d.waits THEN now() ELSE m.ended_at "
        "END, useful_until = CASE WHEN d.waits THEN m.useful_until ELSE least(m.useful_until, now()) END, "
        "version = m.version + d.waits::int "
        "FROM (SELECT id, q.state = 'queued' AS waits FROM messages q WHERE q.order_number = ANY ($1::text[]) "
        "  AND (q.state = 'queued' OR q.state NOT IN " TOLD " AND q.state <> 'dropped' AND q.useful_until > now()) "
        "  AND NOT EXISTS "
        "  (SELECT FROM unnest($2::text[], $3::text[]) p (order_number, event) WHERE p.order_number = q.order_number "
        "   AND p.event = q.event) ORDER BY q.id FOR UPDATE) d WHERE m.id = d.id"};
    struct db_args args = db_args(a);
    db_arg_texts(&args, orders, n);
    db_arg_texts(&args, c->orders, c->n);
    db_arg_texts(&args, c->events, c->n);
    return db_exec(db, &stmt, &args, NULL);
}

static enum db_rc await(struct db *db, struct arena *a, const struct pairs *p) {
    static const struct db_stmt stmt = {"plan_await", "INSERT INTO awaited (entity, order_number) SELECT * FROM "
                                                      "unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING"};
    struct db_args args = db_args(a);
    if (p->n == 0) return DB_OK;
    db_arg_texts(&args, p->entities, p->n);
    db_arg_texts(&args, p->orders, p->n);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc plan_store_write(struct db *db, struct arena *a, const struct plan_of_order *plans, size_t n) {
    struct columns c;
    size_t total = 0, n_planned = 0;
    const char **planned = arena_alloc(a, (n + 1) * sizeof *planned);
    struct pairs waiting = {.orders = arena_alloc(a, (n + 1) * sizeof *waiting.orders),
                            .entities = arena_alloc(a, (n + 1) * sizeof *waiting.entities)};
    for (size_t i = 0; i < n; i++) total += plans[i].plan.n;
    if (planned == NULL || waiting.orders == NULL || waiting.entities == NULL || !columns_new(a, total, &c))
        return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        const struct order_fact *o = &plans[i].facts->order;
        if (plans[i].plan.awaits != NULL) {
            waiting.orders[waiting.n] = o->number;
            waiting.entities[waiting.n++] = plans[i].plan.awaits;
            continue;
        }
        planned[n_planned++] = o->number;
        for (size_t k = 0; k < plans[i].plan.n; k++)
            if (!put(a, &c, o, &plans[i].plan.messages[k])) return DB_ERROR;
    }
    enum db_rc rc = await(db, a, &waiting);
    if (rc == DB_OK && c.n > 0) rc = insert(db, a, &c);
    if (rc == DB_OK && n_planned > 0) rc = drop_others(db, a, &c, planned, n_planned);
    return rc;
}
