#include "issue.h"
#include "common/timeutil.h"
#include "keys.h"

enum db_rc issue_codes(struct keys *keys, struct db *db, struct arena *a, struct issue *issues, size_t n) {
    int64_t now = time_now_ms();
    struct signer signer;
    if (n == 0) return DB_OK;
    if (!keys_signer(keys, now, &signer)) return DB_RETRY;
    for (size_t i = 0; i < n; i++) {
        issues[i].code.key_id = signer.id;
        issues[i].code.issued_s = (uint32_t)(now / 1000);
        code_make(&issues[i].code, signer.key, issues[i].text);
    }
    return code_store_add(db, a, issues, n);
}
