#include "bus_envelope.h"
#include <string.h>

#define MAGIC 0x54425553U /* TBUS */
#define FIXED_HEAD 8      /* magic, version, kind, count */
#define PARAM_NAME_MAX 64
#define PARAM_VALUE_MAX 4096

enum { FLAG_IDEM_GIVEN = 1, FLAG_ENGLISH = 2 };

/* The texts of a call in the order of the wire. */
static const struct text_field {
    size_t offset;
    size_t max;
} head_texts[] = {
    {offsetof(struct bus_head, op), 64},        {offsetof(struct bus_head, request_id), 64},
    {offsetof(struct bus_head, idem_key), 128}, {offsetof(struct bus_head, path), 4096},
    {offsetof(struct bus_head, scope), 8192},   {offsetof(struct bus_head, client), 64},
};
#define N_TEXTS (sizeof head_texts / sizeof head_texts[0])
#define HEAD_NUMBERS (8 + 8 + 2 + 1 + 1 + 2 + 1) /* deadline … number of params */

/* ---- bytes ---- */

static void put_uint(uint8_t **at, uint64_t v, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) *(*at)++ = (uint8_t)(v >> (8 * i));
}

static void put_bytes(uint8_t **at, const void *data, size_t n) {
    if (n > 0) memcpy(*at, data, n);
    *at += n;
}

static void put_text(uint8_t **at, const char *s) {
    size_t n = strlen(s);
    put_uint(at, n, 2);
    put_bytes(at, s, n + 1);
}

struct reader {
    const uint8_t *at, *end;
    bool bad; /* something was missing or wrong; stays so */
};

static const uint8_t *get_bytes(struct reader *r, size_t n) {
    if (r->bad || (size_t)(r->end - r->at) < n) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *p = r->at;
    r->at += n;
    return p;
}

static uint64_t get_uint(struct reader *r, unsigned bytes) {
    const uint8_t *p = get_bytes(r, bytes);
    uint64_t v = 0;
    for (unsigned i = 0; p != NULL && i < bytes; i++) v = v << 8 | p[i];
    return v;
}

static const char *get_text(struct reader *r, size_t max) {
    size_t n = (size_t)get_uint(r, 2);
    const uint8_t *p = get_bytes(r, n + 1);
    if (p == NULL || n > max || memchr(p, 0, n + 1) != p + n) {
        r->bad = true;
        return "";
    }
    return (const char *)p;
}

/* ---- a call ---- */

static const char *text_of(const struct bus_head *h, size_t field) {
    const char *s;
    memcpy(&s, (const char *)h + head_texts[field].offset, sizeof s);
    return s != NULL ? s : "";
}

static bool add_text(size_t *total, const char *s, size_t max) {
    size_t n = strlen(s);
    *total += 2 + n + 1;
    return n <= max;
}

size_t env_head_size(const struct bus_head *h) {
    size_t n = HEAD_NUMBERS + 4 + h->body_len + 1;
    bool fits = h->n_params <= BUS_MAX_PARAMS && h->body_len <= ENV_MAX_MESSAGE;
    for (size_t i = 0; i < N_TEXTS; i++) fits &= add_text(&n, text_of(h, i), head_texts[i].max);
    for (size_t i = 0; fits && i < h->n_params; i++)
        fits = add_text(&n, h->params[i].name, PARAM_NAME_MAX) && add_text(&n, h->params[i].value, PARAM_VALUE_MAX);
    return fits ? n : 0;
}

void env_head_write(const struct bus_head *h, uint8_t *out) {
    for (size_t i = 0; i < N_TEXTS; i++) put_text(&out, text_of(h, i));
    put_uint(&out, (uint64_t)h->deadline_ms, 8);
    put_uint(&out, (uint64_t)h->user_id, 8);
    put_uint(&out, h->role, 2);
    put_uint(&out, (h->idem_given ? FLAG_IDEM_GIVEN : 0U) | (h->lang == LANG_EN ? FLAG_ENGLISH : 0U), 1);
    put_uint(&out, h->token, 1);
    put_uint(&out, h->token_version, 2);
    put_uint(&out, h->n_params, 1);
    for (size_t i = 0; i < h->n_params; i++) {
        put_text(&out, h->params[i].name);
        put_text(&out, h->params[i].value);
    }
    put_uint(&out, h->body_len, 4);
    put_bytes(&out, h->body, h->body_len);
    *out = 0;
}

static bool role_is_one(uint64_t role) {
    return role != 0 && (role & (role - 1)) == 0 && (role & ~(uint64_t)ROLES_EVERY) == 0;
}

bool env_head_read(struct bus_head *h, const uint8_t *frame, size_t len) {
    struct reader r = {frame, frame + len, false};
    memset(h, 0, sizeof *h);
    for (size_t i = 0; i < N_TEXTS; i++) {
        const char *s = get_text(&r, head_texts[i].max);
        memcpy((char *)h + head_texts[i].offset, &s, sizeof s);
    }
    h->deadline_ms = (int64_t)get_uint(&r, 8);
    h->user_id = (int64_t)get_uint(&r, 8);
    uint64_t role = get_uint(&r, 2);
    uint64_t flags = get_uint(&r, 1);
    uint64_t token = get_uint(&r, 1);
    h->token_version = (uint16_t)get_uint(&r, 2);
    h->n_params = (size_t)get_uint(&r, 1);
    if (!role_is_one(role) || flags > (FLAG_IDEM_GIVEN | FLAG_ENGLISH) || token > TOKEN_MANAGE ||
        h->n_params > BUS_MAX_PARAMS)
        return false;
    h->role = (enum role)role;
    h->idem_given = (flags & FLAG_IDEM_GIVEN) != 0;
    h->lang = (flags & FLAG_ENGLISH) != 0 ? LANG_EN : LANG_KO;
    h->token = (enum token_scope)token;
    for (size_t i = 0; i < h->n_params; i++) {
        h->params[i].name = get_text(&r, PARAM_NAME_MAX);
        h->params[i].value = get_text(&r, PARAM_VALUE_MAX);
    }
    h->body_len = (size_t)get_uint(&r, 4);
    const uint8_t *body = get_bytes(&r, h->body_len + 1);
    if (body == NULL || body[h->body_len] != 0 || r.at != r.end) return false;
    h->body = (const char *)body;
    return !r.bad && h->op[0] != '\0';
}

/* ---- an answer ---- */

void env_answer_write(uint8_t *out, enum status st, int retry_after, const void *body, size_t body_len) {
    put_uint(&out, st, 2);
    put_uint(&out, (uint64_t)retry_after, 2);
    put_uint(&out, body_len, 4);
    put_bytes(&out, body, body_len);
}

bool env_answer_read(struct bus_reply *a, const uint8_t *frame, size_t len) {
    struct reader r = {frame, frame + len, false};
    uint64_t status = get_uint(&r, 2);
    a->retry_after = (int)get_uint(&r, 2);
    a->body_len = (size_t)get_uint(&r, 4);
    a->body = (const char *)get_bytes(&r, a->body_len);
    if (r.bad || r.at != r.end || status >= ST_COUNT || status == ST_PARKED) return false;
    a->status = (enum status)status;
    return true;
}

/* ---- a message ---- */

size_t env_size(const char *caller, size_t n, size_t frames) {
    return FIXED_HEAD + 2 + strlen(caller) + 1 + 4 * n + frames + HMAC_LEN;
}

void env_begin(struct env_writer *w, uint8_t *out, enum env_kind kind, const char *caller, size_t n) {
    w->start = w->at = out;
    put_uint(&w->at, MAGIC, 4);
    put_uint(&w->at, ENV_VERSION, 1);
    put_uint(&w->at, kind, 1);
    put_uint(&w->at, n, 2);
    put_text(&w->at, caller);
}

uint8_t *env_frame(struct env_writer *w, size_t len) {
    put_uint(&w->at, len, 4);
    uint8_t *frame = w->at;
    w->at += len;
    return frame;
}

/* What a MAC covers; `parts` has room for two. */
static size_t covered(struct slice parts[2], const uint8_t *start, const uint8_t *end, const uint8_t *request_mac) {
    parts[0] = (struct slice){start, (size_t)(end - start)};
    parts[1] = (struct slice){request_mac, HMAC_LEN};
    return request_mac != NULL ? 2 : 1;
}

void env_sign(struct env_writer *w, const struct hmac_key *key, const uint8_t *request_mac, uint8_t mac[HMAC_LEN]) {
    struct slice parts[2];
    size_t n = covered(parts, w->start, w->at, request_mac);
    if (key != NULL)
        hmac_sign(key, parts, n, mac);
    else
        memset(mac, 0, HMAC_LEN);
    put_bytes(&w->at, mac, HMAC_LEN);
}

enum env_fault env_open(struct envelope *e, const uint8_t *data, size_t len) {
    if (len < FIXED_HEAD + 3 + HMAC_LEN || len > BUS_MAX_MESSAGE) return ENV_BAD_SHAPE;
    e->start = data;
    e->mac = data + len - HMAC_LEN;
    struct reader r = {data, e->mac, false};
    uint64_t magic = get_uint(&r, 4);
    uint64_t version = get_uint(&r, 1);
    if (magic != MAGIC) return ENV_BAD_SHAPE;
    if (version != ENV_VERSION) return ENV_BAD_VERSION;
    uint64_t kind = get_uint(&r, 1);
    e->n = (size_t)get_uint(&r, 2);
    const char *caller = get_text(&r, ENV_MAX_SERVICE);
    if (r.bad || kind < ENV_REQUEST || kind > ENV_REFUSAL || e->n < 1 || e->n > BUS_MAX_BATCH) return ENV_BAD_SHAPE;
    e->kind = (enum env_kind)kind;
    memcpy(e->caller, caller, strlen(caller) + 1);
    e->at = r.at;
    return ENV_OK;
}

bool env_verify(const struct envelope *e, const struct hmac_key *key, const uint8_t *request_mac) {
    struct slice parts[2];
    size_t n = covered(parts, e->start, e->mac, request_mac);
    return hmac_check(key, parts, n, e->mac);
}

const uint8_t *env_next(struct envelope *e, size_t *len) {
    struct reader r = {e->at, e->mac, false};
    *len = (size_t)get_uint(&r, 4);
    const uint8_t *frame = get_bytes(&r, *len);
    if (frame != NULL) e->at = r.at;
    return frame;
}

const char *env_peek_op(const struct envelope *e) {
    struct envelope copy = *e;
    size_t len;
    const uint8_t *frame = env_next(&copy, &len);
    if (frame == NULL) return NULL;
    struct reader r = {frame, frame + len, false};
    const char *op = get_text(&r, head_texts[0].max);
    return r.bad ? NULL : op;
}
