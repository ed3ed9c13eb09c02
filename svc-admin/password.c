#include "password.h"
#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "common/crypto.h"

#define PREFIX "$y$" /* yescrypt */
#define COST 5

/* Of no password anybody knows, at the cost of all others: who is compared with it learns nothing from how long it took. */
static const char nobody[] = "$y$j9T$Ow8raBpO6n.LjvKe9srq7/$rmkptrZJVk0ozHtKtmLxCJ3a.MiU06qlbbvmFJKgIO/";

enum password_fault password_judge(const char *password, const char *username) {
    size_t n = strlen(password);
    if (n < PASSWORD_MIN || n > PASSWORD_MAX) return PASSWORD_LENGTH;
    return strcasestr(password, username) != NULL ? PASSWORD_HAS_NAME : PASSWORD_FINE;
}

/* False: it cannot be computed. */
static bool hash_with(const char *password, const char *setting, char out[PASSWORD_HASH_MAX]) {
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *hash = data != NULL ? crypt_r(password, setting, data) : NULL;
    size_t n = hash != NULL ? strlen(hash) : 0;
    bool fine = n > 0 && *hash != '*' && n < PASSWORD_HASH_MAX;
    if (fine) memcpy(out, hash, n + 1);
    if (data != NULL) cleanse(data, sizeof *data);
    free(data);
    return fine;
}

bool password_hash(const char *password, char out[PASSWORD_HASH_MAX]) {
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    return crypt_gensalt_rn(PREFIX, COST, NULL, 0, setting, sizeof setting) != NULL &&
           hash_with(password, setting, out);
}

bool password_check(const char *password, const char *hash) {
    const char *against = hash != NULL ? hash : nobody;
    char computed[PASSWORD_HASH_MAX];
    size_t n = strlen(against);
    bool same = hash_with(password, against, computed) && strlen(computed) == n && secret_equal(computed, against, n);
    cleanse(computed, sizeof computed);
    return same && hash != NULL;
}

void password_give_way(void) {
    static _Thread_local bool given;
    if (!given) setpriority(PRIO_PROCESS, 0, 10); /* in Linux of this thread alone */
    given = true;
}
