/* A wall clock that can be moved while a program runs, as a network or a flat battery moves it. The monotonic clock stays.
 *
 * cc -shared -fPIC -o wall_clock.so wall_clock.c; LD_PRELOAD it; CLOCK_SHIFT names a file whose first eight bytes are the
 * seconds to add, as a little-endian number.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile long *shift;
__attribute__((constructor)) static void open_shift(void) {
    const char *path = getenv("CLOCK_SHIFT");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) return;
    void *page = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) shift = page;
}
int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(which, now);
    if (!failed && shift && which == CLOCK_REALTIME) now->tv_sec += *shift;
    return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec t;
    int failed = clock_gettime(CLOCK_REALTIME, &t);
    if (!failed) {
        now->tv_sec = t.tv_sec;
        now->tv_usec = t.tv_nsec / 1000;
    }
    return failed;
}
time_t time(time_t *out) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out) *out = t.tv_sec;
    return t.tv_sec;
}
