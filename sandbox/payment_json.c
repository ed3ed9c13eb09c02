/* payment_json - see payment_json.h. The order of the members follows real answers. */
#include "payment_json.h"
#include <stdio.h>
#include <string.h>
#include "common/timeutil.h"

#define REFUND_TAKES_MS (2 * DAY_MS)             /* until a refund has reached the buyer's account */
#define REFUND_ACCOUNT_SHOWN_MS (30 * MINUTE_MS) /* then it is no longer readable */

void put_toss_time(struct json_out *o, const char *key, int64_t ms) {
    char text[RFC3339_LEN + 1];
    if (ms == 0) {
        json_put_null(o, key);
        return;
    }
    time_rfc3339(ms, text);
    memmove(text + 19, text + 23, sizeof "+09:00"); /* Toss writes no fraction */
    json_put_text(o, key, text);
}

static bool approved(const struct payment *p) { return p->approved_at != 0; }

static void put_card(struct json_out *o, const struct payment *p) {
    if (p->method != METHOD_CARD || !approved(p)) {
        json_put_null(o, "card");
        return;
    }
    json_obj(o, "card");
    json_put_text(o, "issuerCode", "61");
    json_put_text(o, "acquirerCode", "61");
    json_put_text(o, "number", p->number);
    json_put_int(o, "installmentPlanMonths", 0);
    json_put_bool(o, "isInterestFree", false);
    json_put_null(o, "interestPayer");
    json_put_text(o, "approveNo", p->approve_no);
    json_put_bool(o, "useCardPoint", false);
    json_put_text(o, "cardType", "신용");
    json_put_text(o, "ownerType", "개인");
    json_put_text(o, "acquireStatus", p->balance == 0 ? "CANCELED" : "READY");
    json_put_int(o, "amount", p->amount);
    json_obj_end(o);
}

static void put_refund_account(struct json_out *o, const struct payment *p, const struct payment_view *v) {
    const struct refund_account *a = &p->refund;
    bool shown = *a->bank != '\0' && v->now - p->last_cancel->at <= clock_limit(v->clock, REFUND_ACCOUNT_SHOWN_MS);
    if (!shown) {
        json_put_null(o, "refundReceiveAccount");
        return;
    }
    json_obj(o, "refundReceiveAccount");
    json_put_text(o, "bankCode", a->bank);
    json_put_text(o, "accountNumber", a->number);
    json_put_text(o, "holderName", a->holder);
    json_obj_end(o);
}

static const char *refund_status(const struct payment *p, const struct payment_view *v) {
    if (!approved(p) || p->cancels == NULL) return "NONE";
    return v->now - p->last_cancel->at < clock_limit(v->clock, REFUND_TAKES_MS) ? "PENDING" : "COMPLETED";
}

static void put_virtual_account(struct json_out *o, const struct payment *p, const struct payment_view *v) {
    if (p->due_at == 0) { /* not issued */
        json_put_null(o, "virtualAccount");
        return;
    }
    json_obj(o, "virtualAccount");
    json_put_text(o, "accountType", "일반");
    json_put_text(o, "accountNumber", p->number);
    json_put_text(o, "bankCode", p->bank);
    json_put_text(o, "customerName", p->customer_name);
    json_put_text(o, "depositorName", p->customer_name);
    put_toss_time(o, "dueDate", p->due_at);
    json_put_text(o, "refundStatus", refund_status(p, v));
    json_put_bool(o, "expired", payment_account_expired(p, v->now));
    json_put_text(o, "settlementStatus", "INCOMPLETED");
    put_refund_account(o, p, v);
    json_obj_end(o);
}

static void put_transfer(struct json_out *o, const struct payment *p) {
    if (p->method != METHOD_TRANSFER || !approved(p)) {
        json_put_null(o, "transfer");
        return;
    }
    json_obj(o, "transfer");
    json_put_text(o, "bankCode", p->bank);
    json_put_text(o, "settlementStatus", "INCOMPLETED");
    json_obj_end(o);
}

static void put_mobile_phone(struct json_out *o, const struct payment *p) {
    if (p->method != METHOD_MOBILE_PHONE || !approved(p)) {
        json_put_null(o, "mobilePhone");
        return;
    }
    json_obj(o, "mobilePhone");
    json_put_text(o, "customerMobilePhone", p->customer_phone);
    json_put_text(o, "settlementStatus", "INCOMPLETED");
    json_put_null(o, "receiptUrl");
    json_obj_end(o);
}

static void put_cancels(struct json_out *o, const struct payment *p) {
    if (p->cancels == NULL) {
        json_put_null(o, "cancels");
        return;
    }
    json_arr(o, "cancels");
    for (const struct cancel *c = p->cancels; c != NULL; c = c->next) {
        json_obj(o, NULL);
        json_put_text(o, "transactionKey", c->transaction);
        json_put_text(o, "cancelReason", c->reason);
        json_put_int(o, "taxExemptionAmount", 0);
        put_toss_time(o, "canceledAt", c->at);
        json_put_int(o, "cardDiscountAmount", 0);
        json_put_int(o, "transferDiscountAmount", 0);
        json_put_int(o, "easyPayDiscountAmount", 0);
        json_put_null(o, "receiptKey");
        json_put_int(o, "cancelAmount", c->amount);
        json_put_int(o, "taxFreeAmount", c->tax_free);
        json_put_int(o, "refundableAmount", c->balance_after);
        json_put_text(o, "cancelStatus", "DONE");
        json_put_null(o, "cancelRequestId");
        json_obj_end(o);
    }
    json_arr_end(o);
}

static void put_failure(struct json_out *o, const struct payment *p) {
    if (p->failure == NULL) {
        json_put_null(o, "failure");
        return;
    }
    json_obj(o, "failure");
    json_put_text(o, "code", p->failure->name);
    json_put_text(o, "message", p->failure->message);
    json_obj_end(o);
}

/* {"url": base/key/what} */
static void put_link(struct json_out *o, const char *key, const struct payment *p, const char *base, const char *what) {
    char url[1200];
    snprintf(url, sizeof url, "%s/v1/payments/%s/%s", base, p->key, what);
    json_obj(o, key);
    json_put_text(o, "url", url);
    json_obj_end(o);
}

static void put_amounts(struct json_out *o, const struct payment *p) {
    int64_t vat = payment_vat(p->balance, p->tax_free_balance);
    json_put_text(o, "currency", "KRW");
    json_put_int(o, "totalAmount", p->amount);
    json_put_int(o, "balanceAmount", p->balance);
    json_put_int(o, "suppliedAmount", p->balance - vat - p->tax_free_balance);
    json_put_int(o, "vat", vat);
    json_put_int(o, "taxFreeAmount", p->tax_free_balance);
    json_put_int(o, "taxExemptionAmount", 0);
}

void payment_write(struct json_out *o, const char *key, const struct payment *p, const struct payment_view *v) {
    json_obj(o, key);
    json_put_text(o, "mId", v->m_id);
    json_put_text(o, "lastTransactionKey", *p->last_transaction != '\0' ? p->last_transaction : NULL);
    json_put_null(o, "transactionKey");
    json_put_text(o, "paymentKey", p->key);
    json_put_text(o, "orderId", p->order_id);
    json_put_text(o, "orderName", p->order_name);
    json_put_text(o, "status", payment_status_name(p->status));
    put_toss_time(o, "requestedAt", p->requested_at);
    put_toss_time(o, "approvedAt", p->approved_at);
    json_put_bool(o, "useEscrow", p->use_escrow);
    json_put_bool(o, "cultureExpense", p->culture_expense);
    put_card(o, p);
    put_virtual_account(o, p, v);
    put_transfer(o, p);
    put_mobile_phone(o, p);
    json_put_null(o, "giftCertificate");
    json_put_null(o, "cashReceipt");
    json_put_null(o, "cashReceipts");
    json_put_null(o, "discount");
    put_cancels(o, p);
    json_put_text(o, "secret", p->secret);
    json_put_text(o, "type", "NORMAL");
    json_put_null(o, "easyPay");
    json_put_text(o, "country", "KR");
    put_failure(o, p);
    json_put_bool(o, "isPartialCancelable", !p->use_escrow);
    if (approved(p))
        put_link(o, "receipt", p, v->public_url, "receipt");
    else
        json_put_null(o, "receipt");
    put_link(o, "checkout", p, v->public_url, "checkout");
    put_amounts(o, p);
    json_put_text(o, "method", method_table[p->method].name);
    if (p->metadata != NULL)
        json_put_raw(o, "metadata", p->metadata);
    else
        json_put_null(o, "metadata");
    json_put_text(o, "version", "2022-11-16");
    json_obj_end(o);
}
