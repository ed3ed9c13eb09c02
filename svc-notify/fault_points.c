#include "fault_points.h"

const struct fault_point notify_faults[] = {
    {"notify.facts.before", FAULT_EXIT, "a page of events has come, nothing is written"},
    {"notify.facts.after", FAULT_EXIT, "a page of events and its messages are written, their commit comes next"},
    {"notify.send.saved", FAULT_EXIT, "messages are saved as being sent, the provider has not been called"},
    {"notify.send.called", FAULT_EXIT, "the provider has answered, nothing is saved"},
    {"notify.send.stored", FAULT_EXIT, "what the provider answered is saved"},
    {"notify.look_up.called", FAULT_EXIT, "the provider has told what became of a message, nothing is saved"},
    {"notify.look_up.stored", FAULT_EXIT, "what became of a message is saved"},
    {"notify.feed.called", FAULT_EXIT, "the provider has told a page of results, nothing is saved"},
    {"notify.feed.stored", FAULT_EXIT, "a page of results is saved, how far we have read is not"},
};
const size_t notify_n_faults = sizeof notify_faults / sizeof *notify_faults;
