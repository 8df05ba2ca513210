/* A disk with blocks that can't be read: a file system (FUSE) of one file, `image`, for a loop device.
   bad_blocks IMAGE FOLDER BAD HOME: mounts itself on FOLDER, where `image` is the file IMAGE, and serves until
   it is unmounted, from the namespace HOME. A block of 4096 bytes at whose place in the file BAD is a byte that
   is not zero can't be read: EIO. Once it is written it is good again: a drive puts another in its place.
   Nothing is kept in memory between here and the loop device. Built by bad_blocks.rs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 4096
/* The most that one request writes. */
#define MOST (1 << 20)

static int image, bad, fuse;

/* Answers a request: an error, negative, or data. */
static void answer(const struct fuse_in_header *in, int error, const void *data, size_t length)
{
    struct fuse_out_header out = {sizeof out + (error ? 0 : length), error, in->unique};
    struct iovec parts[2] = {{&out, sizeof out}, {(void *) data, error ? 0 : length}};
    /* Who asked may have been killed: ENOENT. */
    if (writev(fuse, parts, 2) < 0 && errno != ENOENT)
        exit(1);
}

static struct fuse_attr attributes(uint64_t node)
{
    struct fuse_attr attr = {.ino = node, .nlink = 1, .blksize = BLOCK};
    struct stat found;
    attr.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0700 : S_IFREG | 0600;
    if (node != FUSE_ROOT_ID && fstat(image, &found) == 0) {
        attr.size = found.st_size;
        attr.blocks = found.st_blocks;
    }
    return attr;
}

/* Whether a block of this stretch can't be read. */
static int is_bad(off_t at, size_t length)
{
    for (off_t block = at / BLOCK; block <= (off_t) (at + length - 1) / BLOCK; block++) {
        char mark = 0;
        if (pread(bad, &mark, 1, block) == 1 && mark)
            return 1;
    }
    return 0;
}

static void read_image(const struct fuse_in_header *in, const struct fuse_read_in *asked)
{
    static char data[MOST];
    size_t length = asked->size < MOST ? asked->size : MOST;
    if (is_bad(asked->offset, length))
        return answer(in, -EIO, NULL, 0);
    ssize_t got = pread(image, data, length, asked->offset);
    answer(in, got < 0 ? -errno : 0, data, got < 0 ? 0 : got);
}

static void write_image(const struct fuse_in_header *in, const struct fuse_write_in *asked)
{
    struct fuse_write_out out = {0};
    ssize_t put = pwrite(image, asked + 1, asked->size, asked->offset);
    for (off_t block = asked->offset / BLOCK; put > 0 && block <= (off_t) (asked->offset + put - 1) / BLOCK; block++) {
        char mark = 0;
        if (pread(bad, &mark, 1, block) == 1 && mark && pwrite(bad, "", 1, block) != 1)
            exit(1);
    }
    out.size = put < 0 ? 0 : put;
    answer(in, put < 0 ? -errno : 0, &out, sizeof out);
}

static void serve(const struct fuse_in_header *in)
{
    const void *body = in + 1;
    switch (in->opcode) {
    case FUSE_INIT: {
        const struct fuse_init_in *asked = body;
        struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION};
        out.flags = asked->flags & (FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_ASYNC_READ);
        out.max_readahead = asked->max_readahead;
        out.max_write = MOST;
        out.max_pages = MOST / BLOCK;
        return answer(in, 0, &out, sizeof out);
    }
    case FUSE_LOOKUP: {
        struct fuse_entry_out out = {.nodeid = 2, .entry_valid = 3600, .attr_valid = 3600};
        out.attr = attributes(2);
        return answer(in, strcmp(body, "image") ? -ENOENT : 0, &out, sizeof out);
    }
    case FUSE_GETATTR: {
        struct fuse_attr_out out = {.attr_valid = 3600, .attr = attributes(in->nodeid)};
        return answer(in, 0, &out, sizeof out);
    }
    case FUSE_OPEN: {
        struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO};
        return answer(in, 0, &out, sizeof out);
    }
    case FUSE_READ:
        return read_image(in, body);
    case FUSE_WRITE:
        return write_image(in, body);
    case FUSE_FLUSH:
    case FUSE_FSYNC:
    case FUSE_RELEASE:
        return answer(in, 0, NULL, 0);
    case FUSE_STATFS: {
        struct fuse_statfs_out out = {.st = {.bsize = BLOCK, .frsize = BLOCK, .namelen = 255}};
        return answer(in, 0, &out, sizeof out);
    }
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        return;
    case FUSE_DESTROY:
        exit(0);
    default:
        return answer(in, -ENOSYS, NULL, 0);
    }
}

int main(int count, char **words)
{
    static char request[MOST + BLOCK];
    char options[64];
    if (count != 5)
        return 2;
    image = open(words[1], O_RDWR | O_CLOEXEC);
    bad = open(words[3], O_RDWR | O_CLOEXEC);
    fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
    if (image < 0 || bad < 0 || fuse < 0
        || mount("bad_blocks", words[2], "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
        perror(words[0]);
        return 1;
    }
    /* Out of the namespace in which it is mounted, which so ends with those who use it, and unmounts it. */
    int home = open(words[4], O_RDONLY | O_CLOEXEC);
    if (home < 0 || setns(home, CLONE_NEWNS) != 0) {
        perror("setns");
        return 1;
    }
    for (;;) {
        ssize_t got = read(fuse, request, sizeof request);
        if (got >= (ssize_t) sizeof(struct fuse_in_header))
            serve((const struct fuse_in_header *) request);
        else if (got < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT)
            return errno != ENODEV;
    }
}
