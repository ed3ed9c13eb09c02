/* keys - the pairs that sign codes, as every replica knows them: read again each second, and when a code names one that is not
 * known yet. A key once read stays for the life of the process, so readers take no lock. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "code.h"
#include "common/db.h"

struct arena;
struct keys;
struct sign_key;

#define KEY_ID_MAX 32767

/* Makes the first key when there is none; goes on trying while the database is away. `secret` opens the private halves. Owns
 * the connection. NULL: out of memory, or a key was stored under another secret. */
struct keys *keys_open(struct db *db, const char *secret);
void keys_close(struct keys **k);

struct signer { /* of codes made now; valid until keys_close() */
    uint16_t id;
    const struct sign_key *key;
};
/* False: no key is known yet. */
bool keys_signer(struct keys *k, int64_t now_ms, struct signer *s);
enum keys_word {
    KEYS_NOT_OURS,
    KEYS_OURS,  /* we have signed it; *c is what it says */
    KEYS_UNSURE /* it names a key that we do not know, and the table cannot be read now */
};
enum keys_word keys_check(struct keys *k, const char *text, struct code *c);

struct key_info {
    int id;
    const char *public_key; /* base64url; as long as the keys */
    int64_t published_ms, signs_from_ms;
};
/* All of them, by id, in the arena. False: it is full. */
bool keys_list(struct keys *k, struct arena *a, struct key_info **list, size_t *n);

/* A new pair, shown from now on, that signs after `hours`. DB_UNIQUE: somebody else made one meanwhile, ask again.
 * DB_CHECK: the keys there are were stored under another secret. */
enum db_rc keys_add(struct db *db, const char *secret, int64_t hours, int *id);
