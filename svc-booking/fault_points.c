#include "fault_points.h"

#define AROUND(op)                                                                                                     \
    {"booking." op ".before", FAULT_EXIT, op ": done in the transaction, not yet committed"}, {                        \
        "booking." op ".after", FAULT_EXIT, op ": committed, not yet answered"                                         \
    }

const struct fault_point booking_faults[] = {
    {"booking.gate.before", FAULT_EXIT, "orders read, the gate not yet asked"},
    {"booking.gate.after", FAULT_EXIT, "stock taken from the gate, the orders not yet with the committer"},
    {"booking.commit.before", FAULT_EXIT, "a batch is about to be sent to the database"},
    {"booking.commit.stall", FAULT_STALL, "the committer stands still with a batch in hand"},
    {"booking.commit.lost_before", FAULT_DROP,
     "the connection goes before the batch arrives; the committer cannot know"},
    {"booking.commit.lost_after", FAULT_DROP, "the batch is committed, the connection goes before its answer arrives"},
    {"booking.commit.after", FAULT_EXIT, "a batch is committed, nobody is answered"},
    {"booking.commit.replied", FAULT_EXIT, "a batch is answered, gate and catalogue do not know its stock yet"},
    {"booking.sweep.before", FAULT_EXIT, "lapsed holds are about to be freed"},
    {"booking.sweep.after", FAULT_EXIT, "lapsed holds are freed, gate and catalogue do not know it yet"},
    AROUND("cancel"),
    AROUND("begin_payment"),
    AROUND("mark_paid"),
    AROUND("await_deposit"),
    AROUND("payment_failed"),
    AROUND("release"),
    AROUND("extend_holds"),
};
const size_t booking_n_faults = sizeof booking_faults / sizeof *booking_faults;
