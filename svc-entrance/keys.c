#include "keys.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/every.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "key_store.h"

#define RELOAD_MS 1000
/* Between two looks for the sake of codes that name a key we do not have: anybody may print those. No key is so young that somebody
 * holds a code of it. */
#define UNKNOWN_MS 100
#define ARENA_MAX ((size_t)8 * 1024 * 1024)
#define CONTEXT_MAX 32
#define PUBLIC_TEXT_MAX (4 * (SIGN_PUBLIC_LEN + 2) / 3 + 1)

struct key { /* never changes once others can see it */
    struct verify_key *verify;
    struct sign_key *sign; /* NULL: stored under another secret */
    char public_key[PUBLIC_TEXT_MAX];
    int64_t published_ms, signs_from_ms;
};

struct keys {
    _Atomic(struct key *) by_id[KEY_ID_MAX + 1];
    atomic_int newest;       /* highest id there is; 0: none */
    pthread_mutex_t loading; /* guards all below, and whoever adds */
    int64_t loaded_ms;       /* monotonic: what was in the table then is known */
    int64_t failed_ms;       /* monotonic: the last look that could not be had */
    struct db *db;
    struct arena *arena;
    struct seal_key *seal;
    const char *secret;
    struct every *reload;
};

/* ---- one key ---- */

static void seal_context(int id, char out[CONTEXT_MAX]) { snprintf(out, CONTEXT_MAX, "signing-key/%d", id); }

static struct sign_key *open_private(const struct seal_key *seal, const struct stored_key *stored) {
    uint8_t seed[SIGN_SEED_LEN];
    char context[CONTEXT_MAX];
    seal_context(stored->id, context);
    long n = unseal_text(seal, context, stored->private_key, seed, sizeof seed);
    struct sign_key *key = n == SIGN_SEED_LEN ? sign_key_new(seed) : NULL;
    cleanse(seed, sizeof seed);
    return key;
}

static void key_free(struct key *key) {
    if (key == NULL) return;
    verify_key_free(&key->verify);
    sign_key_free(&key->sign);
    free(key);
}

/* NULL: the row is not one of ours. */
static struct key *key_new(const struct seal_key *seal, const struct stored_key *stored) {
    uint8_t public_key[SIGN_PUBLIC_LEN];
    if (base64url_decode(stored->public_key, strlen(stored->public_key), public_key, sizeof public_key) !=
        SIGN_PUBLIC_LEN)
        return NULL;
    struct key *key = calloc(1, sizeof *key);
    if (key == NULL) return NULL;
    key->verify = verify_key_new(public_key);
    key->sign = open_private(seal, stored);
    key->published_ms = stored->published_ms;
    key->signs_from_ms = stored->signs_from_ms;
    snprintf(key->public_key, sizeof key->public_key, "%s", stored->public_key);
    return key;
}

enum db_rc keys_add(struct db *db, const char *secret, int64_t hours, int *id) {
    struct arena *a = arena_new(ARENA_MAX);
    struct seal_key *seal = seal_key_new(secret, strlen(secret));
    struct stored_key *all = NULL;
    uint8_t seed[SIGN_SEED_LEN], public_key[SIGN_PUBLIC_LEN];
    char context[CONTEXT_MAX], public_text[PUBLIC_TEXT_MAX], private_text[SEALED_MAX(SIGN_SEED_LEN)];
    size_t n = 0;
    enum db_rc rc = a != NULL && seal != NULL ? key_store_load(db, a, 0, &all, &n) : DB_ERROR;
    if (rc != DB_OK) goto out;
    if (n > 0) {
        struct sign_key *last = open_private(seal, &all[n - 1]);
        rc = last != NULL ? DB_OK : DB_CHECK;
        sign_key_free(&last);
    }
    if (rc != DB_OK) goto out;
    *id = n > 0 ? all[n - 1].id + 1 : 1;
    if (*id > KEY_ID_MAX || !sign_key_make(seed, public_key)) {
        rc = DB_ERROR;
        goto out;
    }
    seal_context(*id, context);
    base64url_encode(public_key, sizeof public_key, public_text);
    seal_text(seal, context, seed, sizeof seed, private_text);
    cleanse(seed, sizeof seed);
    rc = key_store_add(db, a, &(struct stored_key){*id, public_text, private_text, 0, 0}, hours);
out:
    seal_key_free(&seal);
    arena_free(&a);
    return rc;
}

/* ---- all keys ---- */

/* Takes in what is new. DB_CHECK: a key was stored under another secret; it verifies, and signs nothing. */
static enum db_rc load(struct keys *k) {
    struct stored_key *stored = NULL;
    size_t n = 0;
    bool foreign = false;
    arena_reset(k->arena);
    enum db_rc rc = key_store_load(k->db, k->arena, atomic_load(&k->newest), &stored, &n);
    for (size_t i = 0; rc == DB_OK && i < n; i++) {
        struct key *key = key_new(k->seal, &stored[i]);
        if (key == NULL) return DB_ERROR;
        foreign = foreign || key->sign == NULL;
        atomic_store(&k->by_id[stored[i].id], key);
        atomic_store(&k->newest, stored[i].id);
    }
    if (!foreign) return rc;
    log_error("a key that signs codes was stored under another ENTRANCE_KEY");
    return DB_CHECK;
}

static enum db_rc load_or_make(struct keys *k) {
    int id;
    int64_t began = time_mono_ms();
    enum db_rc rc = load(k);
    if (rc == DB_OK && atomic_load(&k->newest) == 0) {
        rc = keys_add(k->db, k->secret, 0, &id);
        if (rc == DB_OK || rc == DB_UNIQUE) rc = load(k); /* of two replicas one makes it */
    }
    if (rc == DB_OK || rc == DB_CHECK)
        k->loaded_ms = began;
    else
        k->failed_ms = time_mono_ms();
    return rc;
}

static enum db_rc refresh(struct keys *k) {
    pthread_mutex_lock(&k->loading);
    enum db_rc rc = load_or_make(k);
    pthread_mutex_unlock(&k->loading);
    return rc;
}

/* False: what is in the table now cannot be said. */
static bool look(struct keys *k) {
    pthread_mutex_lock(&k->loading);
    int64_t now = time_mono_ms();
    bool known = now - k->loaded_ms < UNKNOWN_MS;
    if (!known && now - k->failed_ms >= UNKNOWN_MS) {
        enum db_rc rc = load_or_make(k);
        known = rc == DB_OK || rc == DB_CHECK;
    }
    pthread_mutex_unlock(&k->loading);
    return known;
}

static struct key *find(struct keys *k, unsigned id) { return id <= KEY_ID_MAX ? atomic_load(&k->by_id[id]) : NULL; }

enum keys_word keys_check(struct keys *k, const char *text, struct code *c) {
    if (!code_read(text, c)) return KEYS_NOT_OURS;
    struct key *key = find(k, c->key_id);
    if (key == NULL) {
        if (!look(k)) return KEYS_UNSURE;
        key = find(k, c->key_id);
    }
    return key != NULL && code_signed_by(text, key->verify) ? KEYS_OURS : KEYS_NOT_OURS;
}

/* The newest that may sign already; before any may (clocks differ a little), the first that will. */
static bool signs_rather(const struct key *key, const struct key *than, int64_t now_ms) {
    bool ready = key->signs_from_ms <= now_ms;
    if (ready != (than->signs_from_ms <= now_ms)) return ready;
    return ready ? key->signs_from_ms >= than->signs_from_ms : key->signs_from_ms < than->signs_from_ms;
}

bool keys_signer(struct keys *k, int64_t now_ms, struct signer *s) {
    const struct key *best = NULL;
    for (int id = 1; id <= atomic_load(&k->newest); id++) {
        const struct key *key = find(k, (unsigned)id);
        if (key == NULL || key->sign == NULL) continue;
        if (best == NULL || signs_rather(key, best, now_ms)) {
            best = key;
            *s = (struct signer){(uint16_t)id, key->sign};
        }
    }
    return best != NULL;
}

bool keys_list(struct keys *k, struct arena *a, struct key_info **list, size_t *n) {
    int newest = atomic_load(&k->newest);
    *n = 0;
    *list = arena_alloc(a, (size_t)(newest + 1) * sizeof **list);
    for (int id = 1; *list != NULL && id <= newest; id++) {
        const struct key *key = find(k, (unsigned)id);
        if (key != NULL)
            (*list)[(*n)++] = (struct key_info){id, key->public_key, key->published_ms, key->signs_from_ms};
    }
    return *list != NULL;
}

/* ---- life ---- */

static bool reload(void *arg) {
    refresh(arg);
    return false;
}

static void keys_free(struct keys *k) {
    for (int id = 0; id <= KEY_ID_MAX; id++) key_free(atomic_load(&k->by_id[id]));
    seal_key_free(&k->seal);
    arena_free(&k->arena);
    db_close(&k->db);
    pthread_mutex_destroy(&k->loading);
    free(k);
}

struct keys *keys_open(struct db *db, const char *secret) {
    struct keys *k = calloc(1, sizeof *k);
    if (k == NULL) return NULL;
    pthread_mutex_init(&k->loading, NULL);
    k->db = db;
    k->secret = secret;
    k->loaded_ms = k->failed_ms = INT64_MIN / 2;
    k->arena = arena_new(ARENA_MAX);
    k->seal = seal_key_new(secret, strlen(secret));
    bool ok = db != NULL && k->arena != NULL && k->seal != NULL && refresh(k) != DB_CHECK;
    if (ok) k->reload = every_start(RELOAD_MS, reload, k);
    if (k->reload != NULL) return k;
    keys_free(k);
    return NULL;
}

void keys_close(struct keys **kp) {
    struct keys *k = *kp;
    if (k == NULL) return;
    every_stop(&k->reload);
    keys_free(k);
    *kp = NULL;
}
