#include "offline.h"
#include <string.h>
#include "code.h"
#include "common/arena.h"
#include "common/crypto.h"
#include "common/mask.h"

static const char key_info[] = "exhibition-manifest/1";

static const char *sealed(struct arena *a, const struct offline_entry *e) {
    uint8_t key[AEAD_KEY_LEN];
    const char *name = mask_name(a, e->customer_name);
    const char *plain = arena_printf(a, "%s\n%s\n%s", e->order_number, e->products, name != NULL ? name : "");
    size_t len = plain != NULL ? strlen(plain) : 0;
    uint8_t *bytes = arena_alloc(a, len + SEAL_OVERHEAD);
    char *text = arena_alloc(a, SEALED_MAX(len));
    if (name == NULL || plain == NULL || bytes == NULL || text == NULL) return NULL;
    hkdf_sha256(e->code, strlen(e->code), key_info, key);
    long n = aead_seal(key, plain, len, bytes);
    cleanse(key, sizeof key);
    base64url_encode(bytes, (size_t)n, text);
    return text;
}

static bool has_value(const struct offline_entry *e) {
    bool lets_in = *e->state == 'v' || *e->state == 's';
    bool of_one_person = *e->products != '\0' && e->people == 1;
    return lets_in && !of_one_person;
}

void offline_write(struct json_out *out, struct arena *a, const struct offline_entry *e) {
    uint8_t id[CODE_ID_LEN];
    char id_text[4 * (CODE_ID_LEN + 2) / 3 + 1];
    const char *value = has_value(e) ? sealed(a, e) : "";
    code_id(e->code, id);
    base64url_encode(id, sizeof id, id_text);
    if (value == NULL) out->b->failed = true; /* not an entry that looks as if it had none */
    json_arr(out, NULL);
    json_put_text(out, NULL, id_text);
    json_put_text(out, NULL, value);
    json_put_text(out, NULL, (const char[]){*e->state, '\0'});
    json_put_int(out, NULL, e->used);
    json_arr_end(out);
}
