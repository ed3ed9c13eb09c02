#include "order_input.h"
#include <string.h>
#include "common/timeutil.h"

static void read_phone(struct json_in *in, struct order_draft *d) {
    const char *text = json_text(in, "customer_phone", 1, 30, JSON_REQUIRED);
    if (text != NULL && !phone_normalise(text, d->phone)) json_bad(in, "customer_phone", BAD_FORMAT);
}

/* Only what would surely bounce is refused: exactly one '@' with something on both sides and no blank. */
static void read_email(struct json_in *in, struct order_draft *d) {
    const char *text = json_text(in, "customer_email", 3, 200, JSON_OPTIONAL);
    if (text == NULL) return;
    const char *at = strchr(text, '@');
    if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL || strpbrk(text, " \t\n") != NULL)
        json_bad(in, "customer_email", BAD_FORMAT);
    else
        d->email = text;
}

static void read_date(struct json_in *in, struct order_draft *d) {
    int32_t day;
    const char *text = json_text(in, "visit_date", 10, 10, JSON_OPTIONAL);
    if (text != NULL && !date_parse(text, &day))
        json_bad(in, "visit_date", BAD_FORMAT);
    else
        d->visit_date = text;
}

static bool ordered_before(const struct order_draft *d, int64_t product_id) {
    for (size_t i = 0; i < d->n_lines; i++)
        if (d->line[i].product_id == product_id) return true;
    return false;
}

static void read_lines(struct json_in *in, struct order_draft *d) {
    size_t n = json_array(in, "items", 1, ORDER_MAX_LINES, JSON_REQUIRED);
    for (size_t i = 0; i < n && i < ORDER_MAX_LINES; i++) {
        struct json_in item;
        if (!json_item(in, "items", i, &item)) continue;
        struct order_line line = {
            .product_id = json_int(&item, "product_id", 1, INT32_MAX, JSON_REQUIRED),
            .quantity = json_int(&item, "quantity", 1, ORDER_MAX_QUANTITY, JSON_REQUIRED),
        };
        json_end(&item);
        if (line.product_id != 0 && ordered_before(d, line.product_id)) json_bad(&item, "product_id", BAD_DUPLICATE);
        d->line[d->n_lines++] = line;
    }
}

enum status order_input_parse(struct arena *a, const char *body, size_t len, struct order_draft *draft,
                              struct json_faults *faults) {
    struct json_in in;
    enum status st = json_open(&in, a, faults, body, len, false);
    if (st != ST_OK) return st;
    memset(draft, 0, sizeof *draft);
    draft->exhibition_code = json_text(&in, "exhibition_code", 1, 50, JSON_REQUIRED);
    draft->name = json_text(&in, "customer_name", 1, 100, JSON_REQUIRED);
    read_phone(&in, draft);
    read_email(&in, draft);
    read_lines(&in, draft);
    read_date(&in, draft);
    draft->slot_id = json_int(&in, "slot_id", 1, INT32_MAX, JSON_OPTIONAL);
    json_end(&in);
    return faults->n == 0 ? ST_OK : ST_VALIDATION_FAILED;
}
