/* Has the system and FFmpeg fail when they are told to: preloaded into camwall, it looks into the folder
   named by CAMWALL_FAULTS. The sandbox lets it see there which files are there and how large they are, and
   no more:
   writes       nothing can be written to a file that is being recorded (`….part`): EIO
   quota        nor to one in a folder `cam4`, although there is room: EDQUOT
   muxer        FFmpeg refuses each packet: EINVAL
   ahead        the wall clock is ahead, by as many seconds as the file has bytes
   synchronised, unsynchronised   what the kernel says about its clock
   Built by preloaded.rs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* The size of a file of the folder; -1 where there is none. */
static off_t size_of(const char *name)
{
    const char *folder = getenv("CAMWALL_FAULTS");
    char path[4096];
    struct stat found;
    int before = errno;
    off_t size = -1;
    if (folder && (size_t) snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path
        && stat(path, &found) == 0)
        size = found.st_size;
    errno = before;
    return size;
}

static int is_told(const char *name)
{
    return size_of(name) >= 0;
}

/* The error with which writing to a file that is being recorded fails; 0 where it does not. */
static int refusal(int fd)
{
    char link[64], path[4096];
    int writes = is_told("writes");
    if (!writes && !is_told("quota"))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 5 || memcmp(path + length - 5, ".part", 5) != 0)
        return 0;
    path[length] = 0;
    return writes ? EIO : strstr(path, "/cam4/") ? EDQUOT : 0;
}

/* Defines the function of that name, which calls the real one unless it is to fail. */
#define FAULTY(type, name, parameters, arguments, fails, fault)  \
    type name parameters                                         \
    {                                                            \
        static type (*real) parameters;                          \
        if (!real)                                               \
            real = (type(*) parameters) dlsym(RTLD_NEXT, #name); \
        if (fails)                                               \
            return fault;                                        \
        return real arguments;                                   \
    }

#define WRITES(name, parameters, arguments) \
    FAULTY(ssize_t, name, parameters, arguments, refusal(fd), (errno = refusal(fd), -1))

WRITES(pwrite, (int fd, const void *data, size_t length, off_t at), (fd, data, length, at))
WRITES(pwrite64, (int fd, const void *data, size_t length, off64_t at), (fd, data, length, at))

FAULTY(int, av_write_frame, (void *context, void *packet), (context, packet), is_told("muxer"), -EINVAL)

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) {
        off_t ahead = size_of("ahead");
        now->tv_sec += ahead > 0 ? ahead : 0;
    }
    return result;
}

/* What adjtimex answers as well: TIME_OK or TIME_ERROR. */
int adjtimex(struct timex *about)
{
    static int (*real)(struct timex *);
    if (!real)
        real = (int (*)(struct timex *)) dlsym(RTLD_NEXT, "adjtimex");
    int state = real(about);
    if (state >= 0 && is_told("synchronised")) {
        about->status &= ~STA_UNSYNC;
        state = TIME_OK;
    } else if (state >= 0 && is_told("unsynchronised")) {
        about->status |= STA_UNSYNC;
        state = TIME_ERROR;
    }
    return state;
}
