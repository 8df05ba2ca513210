/* Makes a disk hang: preloaded into camwall, it holds every write to a file that is being recorded
   (`….part`) for as long as the file named by CAMWALL_STALL exists. Built by preloaded.rs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static void hold(int fd)
{
    const char *control = getenv("CAMWALL_STALL");
    char link[64], path[4096];
    while (control && access(control, F_OK) == 0) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path);
        if (length < 5 || memcmp(path + length - 5, ".part", 5) != 0)
            return;
        usleep(20000);
    }
}

/* Defines the function of that name, which calls the real one once the disk answers again. */
#define HELD(type, name, parameters, arguments)                  \
    type name parameters                                         \
    {                                                            \
        static type (*real) parameters;                          \
        if (!real)                                               \
            real = (type(*) parameters) dlsym(RTLD_NEXT, #name); \
        hold(fd);                                                \
        return real arguments;                                   \
    }

HELD(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length))
HELD(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
HELD(ssize_t, pwrite, (int fd, const void *data, size_t length, off_t at), (fd, data, length, at))
HELD(ssize_t, pwrite64, (int fd, const void *data, size_t length, off64_t at), (fd, data, length, at))
HELD(ssize_t, pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
HELD(int, fsync, (int fd), (fd))
HELD(int, fdatasync, (int fd), (fd))
