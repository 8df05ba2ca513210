/* Cameras of Video4Linux that are not there: preloaded into a program, it answers for /dev/video0 to
   /dev/video15 where the folder named by CAMWALL_DEVICES has a file of that name. The file begins with a
   page of text, `FOURCC WIDTH HEIGHT BYTES`; what follows is the picture, five times a second. Opened
   before main, for the sandbox would have no rule for the folder. Written by devices.rs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { DEVICES = 16, FILES = 4096, BUFFERS = 32, PAGE = 4096, PERIOD_MS = 200 };

struct device {
    int file;
    unsigned fourcc, width, height, bytes;
    /* Numbers of the buffers that wait for a picture, oldest first, and of those taken. */
    unsigned waiting[BUFFERS], queued, taken;
};

static struct device devices[DEVICES];
/* Which device a descriptor leads to, from 1. */
static unsigned char opened[FILES];

__attribute__((constructor)) static void plug_in(void)
{
    const char *folder = getenv("CAMWALL_DEVICES");
    for (int i = 0; i < DEVICES; i++) {
        struct device *device = &devices[i];
        char path[4096], text[PAGE], name[5];
        snprintf(path, sizeof path, "%s/video%d", folder ? folder : "", i);
        device->file = folder ? open(path, O_RDWR | O_CLOEXEC) : -1;
        if (device->file < 0)
            continue;
        if (read(device->file, text, sizeof text) != sizeof text
            || sscanf(text, "%4c %u %u %u", name, &device->width, &device->height, &device->bytes) != 4)
            abort();
        device->fourcc = v4l2_fourcc(name[0], name[1], name[2], name[3]);
    }
}

int open64(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    int number, end = 0;
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    if (!real)
        real = (int (*)(const char *, int, ...)) dlsym(RTLD_NEXT, "open64");
    if (sscanf(path, "/dev/video%d%n", &number, &end) != 1 || path[end] != 0 || number < 0
        || number >= DEVICES || devices[number].file < 0)
        return real(path, flags, mode);
    int file = fcntl(devices[number].file, F_DUPFD_CLOEXEC, 0);
    if (file >= FILES)
        abort();
    if (file >= 0)
        opened[file] = number + 1;
    return file;
}

static void describe(const struct device *device, struct v4l2_pix_format *picture)
{
    picture->width = device->width;
    picture->height = device->height;
    picture->pixelformat = device->fourcc;
    picture->field = V4L2_FIELD_NONE;
    picture->sizeimage = device->bytes;
}

/* The picture that is due next, in the buffer that waits longest. */
static int give(struct device *device, struct v4l2_buffer *buffer)
{
    struct timespec now = {0, PERIOD_MS * 1000000L};
    nanosleep(&now, NULL);
    if (device->taken == device->queued) {
        errno = EIO;
        return -1;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    buffer->index = device->waiting[device->taken++ % BUFFERS];
    buffer->bytesused = buffer->length = device->bytes;
    buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    buffer->timestamp.tv_sec = now.tv_sec;
    buffer->timestamp.tv_usec = now.tv_nsec / 1000;
    return 0;
}

static int answer(struct device *device, unsigned long request, void *argument)
{
    struct v4l2_requestbuffers *wanted = argument;
    struct v4l2_capability *able = argument;
    struct v4l2_buffer *buffer = argument;
    struct v4l2_format *format = argument;
    struct v4l2_streamparm *rate = argument;
    switch (request) {
    case VIDIOC_QUERYCAP:
        memset(able, 0, sizeof *able);
        able->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        return 0;
    case VIDIOC_G_PARM:
        rate->parm.capture.timeperframe = (struct v4l2_fract) {PERIOD_MS, 1000};
        return 0;
    case VIDIOC_G_INPUT:
        *(int *) argument = 0;
        return 0;
    case VIDIOC_ENUMINPUT:
        return 0;
    /* A driver sets what it has, whatever is asked for. */
    case VIDIOC_G_FMT:
    case VIDIOC_S_FMT:
        describe(device, &format->fmt.pix);
        return 0;
    case VIDIOC_REQBUFS:
        wanted->count = wanted->count < BUFFERS ? wanted->count : BUFFERS;
        device->queued = device->taken = 0;
        return 0;
    /* All buffers are the same piece of the file. */
    case VIDIOC_QUERYBUF:
        buffer->length = device->bytes;
        buffer->m.offset = PAGE;
        return 0;
    case VIDIOC_QBUF:
        device->waiting[device->queued++ % BUFFERS] = buffer->index;
        return 0;
    case VIDIOC_DQBUF:
        return give(device, buffer);
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
        return 0;
    default:
        errno = ENOTTY;
        return -1;
    }
}

int ioctl(int file, unsigned long request, ...)
{
    static int (*real)(int, unsigned long, ...);
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (!real)
        real = (int (*)(int, unsigned long, ...)) dlsym(RTLD_NEXT, "ioctl");
    /* A number may have come to stand for something else since: nothing else is asked such things. */
    if (file < 0 || file >= FILES || opened[file] == 0 || _IOC_TYPE(request) != 'V')
        return real(file, request, argument);
    return answer(&devices[opened[file] - 1], request, argument);
}
