/* preflight - can this machine hold so many threads and connections? Better told at start than found out in the rush. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "common/log.h"
#include "gateway.h"

#define SPARE_FILES 256 /* beside one per connection: bus, log, files being sent */
#define SPARE_THREADS 64
#define MAPS_PER_THREAD 2 /* stack and guard page */
#define SPARE_MAPS 4096

/* The number in a file of the kernel; -1: none ("max", or no such file). */
static int64_t kernel_number(const char *path) {
    char text[32];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) close(fd);
    if (n <= 0 || text[0] < '0' || text[0] > '9') return -1;
    text[n] = '\0';
    return strtoll(text, NULL, 10);
}

static int enough(const char *what, int64_t has, int64_t needed) {
    if (has < 0 || has >= needed) return 0;
    char has_text[24], needed_text[24];
    snprintf(has_text, sizeof has_text, "%lld", (long long)has);
    snprintf(needed_text, sizeof needed_text, "%lld", (long long)needed);
    log_error("machine is too small for GATEWAY_THREADS: raise the limit or lower the setting", "limit", what, "is",
              has_text, "needed", needed_text);
    return -1;
}

/* Raises the soft limit as far as is needed and allowed. */
static int64_t open_files(int64_t needed) {
    struct rlimit lim;
    if (getrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur == RLIM_INFINITY) return -1;
    if ((int64_t)lim.rlim_cur < needed) {
        lim.rlim_cur = lim.rlim_max == RLIM_INFINITY || (int64_t)lim.rlim_max > needed ? (rlim_t)needed : lim.rlim_max;
        setrlimit(RLIMIT_NOFILE, &lim);
        getrlimit(RLIMIT_NOFILE, &lim);
    }
    return (int64_t)lim.rlim_cur;
}

int preflight(int64_t threads) {
    int rc = 0;
    rc |= enough("open files (RLIMIT_NOFILE)", open_files(threads + SPARE_FILES), threads + SPARE_FILES);
    rc |= enough("pids of the control group (pids.max)", kernel_number("/sys/fs/cgroup/pids.max"),
                 threads + SPARE_THREADS);
    rc |= enough("kernel.threads-max", kernel_number("/proc/sys/kernel/threads-max"), threads + SPARE_THREADS);
    rc |= enough("kernel.pid_max", kernel_number("/proc/sys/kernel/pid_max"), threads + SPARE_THREADS);
    rc |=
        enough("vm.max_map_count", kernel_number("/proc/sys/vm/max_map_count"), threads * MAPS_PER_THREAD + SPARE_MAPS);
    return rc;
}
