#include "plan_store.h"
#include "common/arena.h"
#include "common/crypto.h"
#include "common/json.h"
#include "common/strbuf.h"
#include "common/timeutil.h"

#define OWN_ID_LETTERS 26 /* 130 random bits */
#define VARS_MAX ((size_t)16 * 1024)

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

static const char *time_text(struct arena *a, int64_t ms) {
    char *text = arena_alloc(a, RFC3339_LEN + 1);
    if (text != NULL) time_rfc3339(ms, text);
    return text;
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
    int64_t now = time_now_ms();
    c->orders[i] = o->number;
    c->events[i] = m->event;
    c->own_ids[i] = own_id(a);
    c->templates[i] = m->template->key;
    c->priorities[i] = m->template->priority;
    c->exhibitions[i] = o->exhibition_id;
    c->phones[i] = o->phone;
    c->vars[i] = vars_json(a, m);
    c->token_versions[i] = o->token_version;
    c->due[i] = time_text(a, m->due_ms == 0 ? now : m->due_ms);
    c->until[i] = time_text(a, m->until_ms);
    c->begins[i] = m->only_before_due && now >= m->due_ms ? "f" : "t";
    return c->own_ids[i] != NULL && c->vars[i] != NULL && c->due[i] != NULL && c->until[i] != NULL;
}

static enum db_rc insert(struct db *db, struct arena *a, const struct columns *c) {
    /* What was dropped may be of use again: a refund was refused. Rows are locked in the order of their numbers. */
    static const struct db_stmt stmt = {
        "plan_insert",
        "INSERT INTO messages (order_number, event, own_id, template, priority, exhibition_id, phone, vars, "
        "token_version, due_at, useful_until) "
        "SELECT m.order_number, m.event, m.own_id, m.template, m.priority, m.exhibition_id, m.phone, m.vars, "
        "m.token_version, m.due_at, m.useful_until "
        "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::int[], $7::text[], "
        "$8::jsonb[], $9::smallint[], $10::timestamptz[], $11::timestamptz[], $12::boolean[]) m (order_number, event, "
        "own_id, template, priority, exhibition_id, phone, vars, token_version, due_at, useful_until, begins) "
        "WHERE m.begins ORDER BY m.order_number, m.event "
        "ON CONFLICT (order_number, event) DO UPDATE SET state = 'queued', vars = excluded.vars, due_at = "
        "excluded.due_at, ended_at = NULL, version = messages.version + 1 "
        "WHERE messages.state = 'dropped' AND messages.useful_until > now()"};
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
    return db_exec(db, &stmt, &args, NULL);
}

static enum db_rc drop_others(struct db *db, struct arena *a, const struct columns *c, const char *const *orders,
                              size_t n) {
    static const struct db_stmt stmt = {
        "plan_drop",
        "UPDATE messages m SET state = 'dropped', due_at = NULL, ended_at = now(), version = m.version + 1 "
        "FROM (SELECT id FROM messages q WHERE q.order_number = ANY ($1::text[]) AND q.state = 'queued' AND NOT EXISTS "
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
