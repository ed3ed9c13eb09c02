#include "fault_points.h"

/* clang-format off */
const struct fault_point admin_faults[] = {
    {"admin.login.committed", FAULT_EXIT, "Somebody is signed in, the answer has not left."},
    {"admin.refresh.committed", FAULT_EXIT, "A session has its next generation, the answer has not left."},
    {"admin.password.committed", FAULT_EXIT, "A password is changed, the answer has not left."},
    {"admin.otp.begun", FAULT_EXIT, "A second factor waits to be confirmed, its secret has not left."},
    {"admin.otp.committed", FAULT_EXIT, "A second factor is confirmed, the recovery codes have not left."},
    {"admin.otp.ended", FAULT_EXIT, "A second factor is gone, the answer has not left."},
    {"admin.user.committed", FAULT_EXIT, "An account is made, changed or deleted, the answer has not left."},
    {"admin.collect.before", FAULT_EXIT, "Audit facts of a page are read, nothing of them is kept."},
    {"admin.collect.after", FAULT_EXIT, "They are in the log, not committed."},
    {"admin.figures.before", FAULT_EXIT, "Events of a page are read, nothing of them is counted."},
    {"admin.figures.after", FAULT_EXIT, "They are counted, not committed."},
    {"admin.retention.step", FAULT_EXIT, "A service has erased what was due, the report does not say so."},
};
/* clang-format on */
const size_t admin_n_faults = sizeof admin_faults / sizeof *admin_faults;
