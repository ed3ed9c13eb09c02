#include "gate.h"
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/redis.h"

#define PUSH_CHUNK ((size_t)256)

/* KEYS: the pools of the whole batch, each once. ARGV: a text per order, "key:quantity key:quantity" by index into KEYS.
 * Answers 1 (taken) or 0 (refused) per order. */
static const struct redis_script take_script = {
    "gate_take", "local left, taken, verdict = {}, {}, {}\n"
                 "for i, key in ipairs(KEYS) do left[i] = tonumber(redis.call('HGET', key, 'available') or nil) end\n"
                 "for n, order in ipairs(ARGV) do\n"
                 "  local ok = 1\n"
                 "  for k, q in string.gmatch(order, '(%d+):(%d+)') do\n"
                 "    local have = left[tonumber(k)]\n"
                 "    if have and have < tonumber(q) then ok = 0 end\n"
                 "  end\n"
                 "  if ok == 1 then\n"
                 "    for k, q in string.gmatch(order, '(%d+):(%d+)') do\n"
                 "      k, q = tonumber(k), tonumber(q)\n"
                 "      if left[k] then left[k] = left[k] - q; taken[k] = (taken[k] or 0) + q end\n"
                 "    end\n"
                 "  end\n"
                 "  verdict[n] = ok\n"
                 "end\n"
                 "for k, q in pairs(taken) do redis.call('HINCRBY', KEYS[k], 'available', -q) end\n"
                 "return verdict\n"};

/* KEYS: pools. ARGV: epoch, then version and available per pool. A pool nobody pushes for a day is forgotten. */
static const struct redis_script push_script = {
    "gate_push", "local epoch, fresh = tonumber(ARGV[1]), 0\n"
                 "for i, key in ipairs(KEYS) do\n"
                 "  local have = redis.call('HMGET', key, 'epoch', 'version')\n"
                 "  local e, v = tonumber(have[1] or -1), tonumber(have[2] or -1)\n"
                 "  local version = tonumber(ARGV[2 * i])\n"
                 "  if epoch > e or (epoch == e and version >= v) then\n"
                 "    redis.call('HSET', key, 'epoch', ARGV[1], 'version', ARGV[2 * i], 'available', ARGV[2 * i + 1])\n"
                 "    redis.call('EXPIRE', key, 86400)\n"
                 "    fresh = fresh + 1\n"
                 "  end\n"
                 "end\n"
                 "return fresh\n"};

/* KEYS: pools. Answers available, or -1, per pool. */
static const struct redis_script read_script = {
    "gate_read", "local out = {}\n"
                 "for i, key in ipairs(KEYS) do out[i] = tonumber(redis.call('HGET', key, 'available') or -1) end\n"
                 "return out\n"};

/* The pools of a batch, each once: an open hash over them. */
struct pool_set {
    const struct gate_need **need; /* by place */
    size_t n;
    uint32_t *slot; /* place + 1; 0: free */
    size_t mask;
};

static bool pool_set_init(struct pool_set *s, struct arena *a, size_t max) {
    size_t size = 16;
    while (size < 2 * max) size *= 2;
    s->mask = size - 1;
    s->slot = arena_alloc(a, size * sizeof *s->slot);
    s->need = arena_alloc(a, max * sizeof *s->need);
    s->n = 0;
    return s->slot != NULL && s->need != NULL;
}

static size_t pool_set_place(struct pool_set *s, const struct gate_need *need) {
    size_t at = (size_t)need->pool_id * 0x9e3779b1U & s->mask;
    while (s->slot[at] != 0) {
        size_t place = s->slot[at] - 1;
        if (s->need[place]->pool_id == need->pool_id) return place;
        at = (at + 1) & s->mask;
    }
    s->need[s->n] = need;
    s->slot[at] = (uint32_t)++s->n;
    return s->n - 1;
}

static bool order_text(struct arena *a, struct pool_set *s, const struct gate_order *o, struct redis_argv *out) {
    const size_t per_need = 32;
    char *text = arena_alloc(a, o->n * per_need + 1);
    size_t len = 0;
    for (size_t i = 0; text != NULL && i < o->n; i++)
        len += (size_t)snprintf(text + len, per_need, "%zu:%lld ", pool_set_place(s, &o->need[i]) + 1,
                                (long long)o->need[i].quantity);
    *out = (struct redis_argv){text, len};
    return text != NULL;
}

static bool key_text(struct arena *a, int64_t exhibition_id, int64_t pool_id, struct redis_argv *out) {
    const char *key = arena_printf(a, "{ex:%lld}:pool:%lld", (long long)exhibition_id, (long long)pool_id);
    *out = (struct redis_argv){key, key != NULL ? strlen(key) : 0};
    return key != NULL;
}

void gate_take(struct redis *r, struct arena *a, struct gate_order *orders, size_t n) {
    size_t needs = 0, answers = 0;
    for (size_t i = 0; i < n; i++) {
        orders[i].refused = false;
        needs += orders[i].n;
    }
    struct pool_set set;
    struct redis_argv *argv = arena_alloc(a, (needs + n) * sizeof *argv);
    int64_t *verdict = arena_alloc(a, n * sizeof *verdict);
    if (needs == 0 || argv == NULL || verdict == NULL || !pool_set_init(&set, a, needs)) return;
    for (size_t i = 0; i < n; i++)
        if (!order_text(a, &set, &orders[i], &argv[needs + i])) return;
    memmove(argv + set.n, argv + needs, n * sizeof *argv); /* keys come first, and their number is known now */
    for (size_t k = 0; k < set.n; k++)
        if (!key_text(a, set.need[k]->exhibition_id, set.need[k]->pool_id, &argv[k])) return;
    if (redis_run(r, &take_script, (int)set.n, argv, (int)(set.n + n), verdict, n, &answers) != REDIS_OK_RC) return;
    for (size_t i = 0; i < n && i < answers; i++) orders[i].refused = verdict[i] == 0;
}

static bool number_text(struct arena *a, int64_t v, struct redis_argv *out) {
    char *text = arena_printf(a, "%lld", (long long)v);
    *out = (struct redis_argv){text, text == NULL ? 0 : strlen(text)};
    return text != NULL;
}

bool gate_push(struct redis *r, struct arena *a, int64_t epoch, const struct pool_change *pools, size_t n) {
    for (size_t from = 0; from < n; from += PUSH_CHUNK) {
        size_t k = n - from < PUSH_CHUNK ? n - from : PUSH_CHUNK, answers = 0;
        struct redis_argv *argv = arena_alloc(a, (3 * k + 1) * sizeof *argv);
        int64_t fresh;
        if (argv == NULL || !number_text(a, epoch, &argv[k])) return false;
        for (size_t i = 0; i < k; i++) {
            const struct pool_change *p = &pools[from + i];
            if (!key_text(a, p->exhibition_id, p->pool_id, &argv[i]) ||
                !number_text(a, p->version, &argv[k + 1 + 2 * i]) ||
                !number_text(a, p->available, &argv[k + 2 + 2 * i]))
                return false;
        }
        if (redis_run(r, &push_script, (int)k, argv, (int)(3 * k + 1), &fresh, 1, &answers) != REDIS_OK_RC)
            return false;
    }
    return true;
}

bool gate_read(struct redis *r, struct arena *a, const struct pool_change *pools, size_t n, int64_t *available) {
    struct redis_argv argv[PUSH_CHUNK];
    for (size_t from = 0; from < n; from += PUSH_CHUNK) {
        size_t k = n - from < PUSH_CHUNK ? n - from : PUSH_CHUNK, answers = 0;
        for (size_t i = 0; i < k; i++)
            if (!key_text(a, pools[from + i].exhibition_id, pools[from + i].pool_id, &argv[i])) return false;
        if (redis_run(r, &read_script, (int)k, argv, (int)k, available + from, k, &answers) != REDIS_OK_RC ||
            answers != k)
            return false;
    }
    return true;
}
