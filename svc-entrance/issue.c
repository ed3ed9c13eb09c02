#include "issue.h"
#include "keys.h"

enum db_rc issue_codes(struct keys *keys, struct db *db, struct arena *a, struct issue *issues, size_t n) {
    struct signer signer;
    if (n == 0) return DB_OK;
    if (!keys_signer(keys, (int64_t)issues[0].code.issued_s * 1000, &signer)) return DB_RETRY;
    for (size_t i = 0; i < n; i++) {
        issues[i].code.key_id = signer.id;
        code_make(&issues[i].code, signer.key, issues[i].text);
    }
    return code_store_add(db, a, issues, n);
}
