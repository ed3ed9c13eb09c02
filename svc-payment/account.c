#include "account.h"
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/json.h"

/* Toss, core API, cancel: number of at most 20 digits, holder of at most 60 characters. Bank codes have two or three. */
enum { BANK_MIN = 2, BANK_MAX = 3, NUMBER_MAX = 20, HYPHENATED_MAX = 40, HOLDER_MAX = 60, TEXT_MAX = 512 };

static const char *read_bank(struct json_in *in) {
    const char *bank = json_text(in, "bank", BANK_MIN, BANK_MAX, JSON_REQUIRED);
    if (bank != NULL && bank[strspn(bank, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
        json_bad(in, "bank", BAD_FORMAT);
    return bank;
}

static const char *read_number(struct json_in *in) {
    const char *text = json_text(in, "account_number", 1, HYPHENATED_MAX, JSON_REQUIRED);
    char *digits = text != NULL ? arena_alloc(in->arena, HYPHENATED_MAX + 1) : NULL;
    size_t n = 0;
    if (digits == NULL) return NULL;
    for (const char *s = text; *s != '\0'; s++) {
        if (*s >= '0' && *s <= '9' && n < HYPHENATED_MAX)
            digits[n++] = *s;
        else if (*s != '-')
            json_bad(in, "account_number", BAD_FORMAT);
    }
    if (n == 0 || n > NUMBER_MAX) json_bad(in, "account_number", BAD_LENGTH);
    return digits;
}

static const char *read_holder(struct json_in *in) {
    const char *holder = json_text(in, "holder_name", 1, HOLDER_MAX, JSON_REQUIRED);
    if (holder != NULL && (strpbrk(holder, "\n\t") != NULL || holder[strspn(holder, " ")] == '\0'))
        json_bad(in, "holder_name", BAD_FORMAT);
    return holder;
}

bool account_read(struct json_in *in, struct refund_account *acc) {
    struct json_in object;
    *acc = (struct refund_account){NULL, NULL, NULL};
    if (!json_has(in, "refund_account") || !json_child(in, "refund_account", &object, JSON_OPTIONAL)) return false;
    *acc = (struct refund_account){read_bank(&object), read_number(&object), read_holder(&object)};
    json_end(&object);
    return in->faults->n == 0;
}

const char *account_seal(struct arena *a, const struct seal_key *k, const char *refund_id,
                         const struct refund_account *acc) {
    struct strbuf b;
    struct json_out o = {.b = &b};
    char *sealed = arena_alloc(a, SEALED_MAX(TEXT_MAX));
    strbuf_init(&b, a, TEXT_MAX);
    json_obj(&o, NULL);
    json_put_text(&o, "bank", acc->bank);
    json_put_text(&o, "account_number", acc->number);
    json_put_text(&o, "holder_name", acc->holder);
    json_obj_end(&o);
    bool ok = sealed != NULL && strbuf_ok(&b);
    if (ok) seal_text(k, refund_id, b.data, b.len, sealed);
    cleanse(b.data, b.len);
    return ok ? sealed : NULL;
}

bool account_open(struct arena *a, const struct seal_key *k, const char *refund_id, const char *sealed,
                  struct refund_account *acc) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    uint8_t text[TEXT_MAX];
    long n = unseal_text(k, refund_id, sealed, text, sizeof text);
    bool ok = n >= 0 && json_open(&in, a, &faults, (const char *)text, (size_t)n, false) == ST_OK;
    cleanse(text, sizeof text);
    if (!ok) return false;
    acc->bank = json_text(&in, "bank", BANK_MIN, BANK_MAX, JSON_REQUIRED);
    acc->number = json_text(&in, "account_number", 1, NUMBER_MAX, JSON_REQUIRED);
    acc->holder = json_text(&in, "holder_name", 1, HOLDER_MAX, JSON_REQUIRED);
    return faults.n == 0;
}
