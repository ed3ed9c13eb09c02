#include "fault_points.h"

#define PAYMENT(op)                                                                                                    \
    {"booking.payment." op ".before", FAULT_EXIT, op ": not yet committed"},                                           \
        {"booking.payment." op ".lost", FAULT_DROP, op ": the connection goes, nobody knows whether it is committed"}, \
    {                                                                                                                  \
        "booking.payment." op ".after", FAULT_EXIT, op ": committed, not yet answered"                                 \
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
    PAYMENT("begin_payment"),
    PAYMENT("mark_paid"),
    PAYMENT("await_deposit"),
    PAYMENT("payment_failed"),
    PAYMENT("void_tickets"),
    PAYMENT("unvoid_tickets"),
    PAYMENT("release"),
    PAYMENT("refund_settled"),
    PAYMENT("cancel_unpaid"),
    {"booking.entries.before", FAULT_EXIT, "entries are noted, not yet committed"},
    {"booking.entries.lost", FAULT_DROP, "the connection goes, nobody knows whether the entries are committed"},
    {"booking.entries.after", FAULT_EXIT, "entries are committed, the gate does not know it yet"},
    {"booking.extend.before", FAULT_EXIT, "holds are about to get the time of an outage back"},
    {"booking.extend.after", FAULT_EXIT, "some holds have got the time of an outage back, others have not"},
};
const size_t booking_n_faults = sizeof booking_faults / sizeof *booking_faults;
