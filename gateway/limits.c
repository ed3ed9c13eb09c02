/* limits - see limits.h. Generic cell rate algorithm: a slot holds the instant at which its allowance is whole again. */
#include "limits.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/crypto.h"

#define WAYS 8 /* slots one key may live in */
#define LOCKS 64
#define COUNTS 65536 /* of calls under way */

struct slot {
    uint64_t key;     /* 0: free */
    int64_t whole_us; /* full allowance from here on */
};

struct limits {
    struct hmac_key *hash;
    size_t sets; /* power of two */
    struct slot *slots;
    pthread_mutex_t locks[LOCKS];
    _Atomic int under_way[COUNTS];
};

struct limits *limits_open(size_t slots, const void *key, size_t key_len) {
    struct limits *l = calloc(1, sizeof *l);
    if (l == NULL) return NULL;
    for (l->sets = LOCKS; l->sets * WAYS < slots;) l->sets *= 2;
    for (size_t i = 0; i < LOCKS; i++) pthread_mutex_init(&l->locks[i], NULL);
    l->slots = calloc(l->sets * WAYS, sizeof *l->slots);
    l->hash = hmac_key_new(key, key_len);
    if (l->slots == NULL || l->hash == NULL) limits_close(&l);
    return l;
}

void limits_close(struct limits **l) {
    if (*l == NULL) return;
    for (size_t i = 0; i < LOCKS; i++) pthread_mutex_destroy(&(*l)->locks[i]);
    hmac_key_free(&(*l)->hash);
    free((*l)->slots);
    free(*l);
    *l = NULL;
}

static uint64_t slot_key(const struct limits *l, unsigned id, const char *who) {
    uint8_t mac[HMAC_LEN];
    const struct slice parts[] = {{&id, sizeof id}, {who, strlen(who)}};
    hmac_sign(l->hash, parts, 2, mac);
    uint64_t key;
    memcpy(&key, mac, sizeof key);
    return key != 0 ? key : 1;
}

/* The slot of the key, or the one that can be given away with the least harm. */
static struct slot *slot_find(struct slot *set, uint64_t key) {
    struct slot *victim = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key) return &set[i];
        if (set[i].whole_us < victim->whole_us) victim = &set[i];
    }
    *victim = (struct slot){.key = key};
    return victim;
}

int limits_take(struct limits *l, unsigned id, const struct limit_rule *rule, const char *who, int64_t now_ms) {
    if (rule->per_minute <= 0) return 0;
    int64_t step_us = 60000000 / rule->per_minute, now_us = now_ms * 1000;
    uint64_t key = slot_key(l, id, who);
    size_t set = (size_t)key & (l->sets - 1);
    pthread_mutex_t *lock = &l->locks[set % LOCKS];
    pthread_mutex_lock(lock);
    struct slot *s = slot_find(l->slots + set * WAYS, key);
    int64_t start = s->whole_us > now_us ? s->whole_us : now_us;
    int64_t over_us = start + step_us - now_us - step_us * rule->burst;
    if (over_us <= 0) s->whole_us = start + step_us;
    pthread_mutex_unlock(lock);
    return over_us <= 0 ? 0 : (int)((over_us + 999999) / 1000000);
}

int limits_enter(struct limits *l, const char *who, int64_t most) {
    int ticket = (int)(slot_key(l, UINT32_MAX, who) % COUNTS);
    if (atomic_fetch_add(&l->under_way[ticket], 1) < most) return ticket;
    atomic_fetch_sub(&l->under_way[ticket], 1);
    return -1;
}

void limits_leave(struct limits *l, int ticket) { atomic_fetch_sub(&l->under_way[ticket], 1); }
