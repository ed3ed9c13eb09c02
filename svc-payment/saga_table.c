#include <string.h>
#include "saga.h"
#include "steps_attempt.h"
#include "steps_refund.h"

#define STEP(saga, state, pool, run, korean, english)                                                                  \
    {                                                                                                                  \
        state, pool, run, {korean, english}, "payment." saga "." state ".before", "payment." saga "." state ".called", \
            "payment." saga "." state ".saved"                                                                         \
    }
#define ATTEMPT(...) STEP("attempt", __VA_ARGS__)
#define REFUND(...) STEP("refund", __VA_ARGS__)

/* clang-format off */
static const struct saga_step attempt_steps[] = {
    ATTEMPT("opening",   POOL_CONFIRM, step_opening,   "결제창을 엽니다",
            "the payment window is opened"),
    ATTEMPT("ready",     POOL_LOOK_UP, step_ready,     "구매자가 돌아오기를 기다립니다",
            "the buyer is expected back"),
    ATTEMPT("beginning", POOL_CONFIRM, step_beginning, "예매에 주문을 붙잡아 달라고 합니다",
            "booking is asked to hold the order"),
    ATTEMPT("sent",      POOL_CONFIRM, step_sent,      "결제를 승인하거나, 결과를 모르면 조회합니다",
            "the payment is confirmed, or looked up after an unknown outcome"),
    ATTEMPT("captured",  POOL_CONFIRM, step_captured,  "예매에 입금을 알립니다",
            "booking is told of the money"),
    ATTEMPT("issued",    POOL_CONFIRM, step_issued,    "예매에 입금 계좌를 알립니다",
            "booking is told of the account"),
    ATTEMPT("waiting",   POOL_LOOK_UP, step_waiting,   "가상계좌의 입금 여부를 조회합니다",
            "the account is looked at for its deposit"),
    ATTEMPT("closing",   POOL_CANCEL, step_closing,   "가상계좌를 닫습니다",
            "the account is closed"),
    ATTEMPT("refused",   POOL_CONFIRM, step_refused,   "예매에 결제되지 않았음을 알립니다",
            "booking is told that no money came"),
    ATTEMPT("paid",      POOL_LOOK_UP, step_paid,      "결제를 다시 조회합니다",
            "the payment is looked up again"),
    ATTEMPT("reversing", POOL_CONFIRM, step_reversing, "예매에 입금이 취소되었음을 알립니다",
            "booking is told that the deposit was taken back"),
    ATTEMPT("failed",    POOL_LOOK_UP, step_failed,    "늦은 입금이 있는지 다시 조회합니다",
            "the payment is looked up again, for late money"),
    ATTEMPT("returning", POOL_LOOK_UP, step_nothing,   "환불 절차로 돈을 돌려줍니다",
            "the money goes back by its refund"),
    ATTEMPT("returned",  POOL_LOOK_UP, step_nothing,   "돈을 돌려주었습니다",
            "the money is back"),
};
static const struct saga_step refund_steps[] = {
    REFUND("noted",         POOL_LOOK_UP, step_noted,          "진행 중인 결제가 끝나기를 기다립니다",
           "the payment under way must end first"),
    REFUND("requested",     POOL_CANCEL,  step_requested,      "입장과 예매에 표를 무효로 해 달라고 합니다",
           "entrance and booking are asked to void the tickets"),
    REFUND("voided",        POOL_CANCEL,  step_voided,         "취소 요청을 준비합니다",
           "the cancel is made ready"),
    REFUND("sent",          POOL_CANCEL,  step_cancel,         "결제사에 취소를 요청하거나, 결과를 모르면 조회합니다",
           "the provider is asked to cancel, or looked up after an unknown outcome"),
    REFUND("needs_account", POOL_LOOK_UP, step_needs_account,  "구매자나 직원이 환불 계좌를 알려 주어야 합니다",
           "the buyer or staff must give an account for the refund"),
    REFUND("refused",       POOL_CANCEL,  step_cancel_refused, "거절된 취소를 정리합니다",
           "the refused cancel is put right"),
    REFUND("refunded",      POOL_CANCEL,  step_refunded,       "예매에 환불이 끝났음을 알립니다",
           "booking is told that the money is back"),
};
/* clang-format on */

#define TABLE(steps)                                                                                                   \
    { (steps), sizeof(steps) / sizeof *(steps) }
const struct saga_steps saga_steps[SAGA_KINDS] = {
    [SAGA_ATTEMPT] = TABLE(attempt_steps),
    [SAGA_REFUND] = TABLE(refund_steps),
};

const struct saga_step *saga_step_of(enum saga_kind kind, const char *state) {
    const struct saga_steps *s = &saga_steps[kind];
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->step[i].state, state) == 0) return &s->step[i];
    return NULL;
}

const char *saga_kind_name(enum saga_kind kind) { return kind == SAGA_ATTEMPT ? "attempt" : "refund"; }
