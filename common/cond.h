/* cond - waits of the monotonic clock: setting the wall clock neither stretches nor ends them. */
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

void cond_init_monotonic(pthread_cond_t *cond);
/* With the lock held; may wake for nothing, as any such wait. False: it is `mono_ms` (time_mono_ms()) or later. */
bool cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t mono_ms);
