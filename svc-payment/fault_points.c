#include "fault_points.h"

/* The driver hits these for every row of saga_table.c. */
#define STEP(name, calls)                                                                                              \
    {"payment." name ".before", FAULT_EXIT, name ": the step begins"},                                                 \
        {"payment." name ".called", FAULT_EXIT, name ": " calls ", nothing is saved"}, {                               \
        "payment." name ".saved", FAULT_EXIT, name ": its move is saved"                                               \
    }

const struct fault_point payment_faults[] = {
    {"payment.initialize.stored", FAULT_EXIT, "an attempt is stored, its window not yet opened"},
    {"payment.confirm.moved", FAULT_EXIT, "a confirm is accepted and saved, nothing has been called"},
    {"payment.webhook.before", FAULT_EXIT, "a webhook is read, nothing is stored"},
    {"payment.webhook.stored", FAULT_EXIT, "a webhook is stored, not yet answered"},
    {"payment.journal.stall", FAULT_STALL, "the journal stands still with moves in hand"},
    {"payment.journal.lost_before", FAULT_DROP, "the connection goes before the moves arrive; the journal cannot know"},
    {"payment.journal.lost_after", FAULT_DROP,
     "the moves are committed, the connection goes before the answer arrives"},
    {"payment.claim.after", FAULT_EXIT, "due rows are leased, no step has begun"},
    {"payment.lease.stall", FAULT_STALL,
     "a step stands still before it begins; with a short lease somebody else goes on"},
    STEP("attempt.opening", "Toss has opened the window"),
    STEP("attempt.ready", "the window is found too old"),
    STEP("attempt.beginning", "booking holds the order"),
    STEP("attempt.sent", "Toss has answered the confirm"),
    STEP("attempt.captured", "booking has its money"),
    STEP("attempt.issued", "booking waits for the deposit"),
    STEP("attempt.waiting", "the account was looked at"),
    STEP("attempt.closing", "the account is closed"),
    STEP("attempt.refused", "booking knows that no money came"),
    STEP("attempt.paid", "the payment was looked up again"),
    STEP("attempt.reversing", "booking waits for a new deposit"),
    STEP("attempt.failed", "the payment was looked up again"),
    {"payment.cancel.stored", FAULT_EXIT, "a refund is stored, not yet answered"},
    STEP("refund.noted", "it is known how the payment under way ended"),
    STEP("refund.requested", "nobody can enter with the tickets"),
    {"payment.refund.requested.gate", FAULT_EXIT, "the gate lets nobody in with the tickets, booking does not know it"},
    STEP("refund.voided", "the cancel is ready"),
    STEP("refund.sent", "Toss has answered the cancel"),
    STEP("refund.refused", "the tickets are valid again"),
    {"payment.refund.refused.gate", FAULT_EXIT, "booking has the tickets valid again, the gate has not"},
    STEP("refund.refunded", "booking has the places back"),
};
const size_t payment_n_faults = sizeof payment_faults / sizeof *payment_faults;
