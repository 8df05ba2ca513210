/* Tries what the sandbox is to forbid, in every thread of camwall. Preloaded; when the process gets the
   signal ASK, each thread gets EACH, tries, and writes one line to the file CAMWALL_PROBE:
     TID NAME read=ERRNO create=ERRNO exec=ERRNO wanted=ERRNO refused=CALL,CALL,…
   where 0 is a success, `read` and `create` are in the folder CAMWALL_PROBE_OTHER, `wanted` reads the
   file CAMWALL_PROBE_WANTED, and `refused` lists the calls below that the kernel refused with EPERM. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ASK = 42, EACH = 43 };

static int report = -1;
static const char *other, *wanted;

static const struct {
    const char *name;
    long number;
} calls[] = {
    {"ptrace", SYS_ptrace},
    {"process_vm_readv", SYS_process_vm_readv},
    {"process_vm_writev", SYS_process_vm_writev},
    {"mount", SYS_mount},
    {"umount2", SYS_umount2},
    {"move_mount", SYS_move_mount},
    {"open_tree", SYS_open_tree},
    {"fsopen", SYS_fsopen},
    {"pivot_root", SYS_pivot_root},
    {"unshare", SYS_unshare},
    {"setns", SYS_setns},
    {"io_uring_setup", SYS_io_uring_setup},
    {"bpf", SYS_bpf},
    {"keyctl", SYS_keyctl},
    {"add_key", SYS_add_key},
    {"request_key", SYS_request_key},
    {"perf_event_open", SYS_perf_event_open},
    {"userfaultfd", SYS_userfaultfd},
    {"init_module", SYS_init_module},
    {"kexec_load", SYS_kexec_load},
};

static int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

/* In a child, for what succeeds would take our place. */
static int executed(void)
{
    static char *const words[] = {"true", NULL}, *const none[] = {NULL};
    int status = 0;
    pid_t child = (pid_t) syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        execve("/bin/true", words, none);
        _exit(errno);
    }
    if (child < 0)
        return errno;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* All arguments are -1, which no call can do anything with. */
static int refused(long number)
{
    return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) < 0 && errno == EPERM;
}

static void each(int signal)
{
    int before = errno, length;
    char path[512], line[1024], name[32] = "";
    pid_t tid = (pid_t) syscall(SYS_gettid);
    (void) signal;
    prctl(PR_GET_NAME, name);
    for (char *at = name; *at; at++)
        if (*at == ' ')
            *at = '_';
    snprintf(path, sizeof path, "%s/file", other);
    int read = opened(path, O_RDONLY);
    snprintf(path, sizeof path, "%s/made-%d", other, (int) tid);
    int create = opened(path, O_WRONLY | O_CREAT | O_EXCL);
    length = snprintf(line, sizeof line, "%d %s read=%d create=%d exec=%d wanted=%d refused=", (int) tid,
                      name, read, create, executed(), opened(wanted, O_RDONLY));
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (refused(calls[i].number))
            length += snprintf(line + length, sizeof line - (size_t) length, "%s,", calls[i].name);
    line[length++] = '\n';
    if (write(report, line, (size_t) length) != length)
        abort();
    errno = before;
}

static void ask(int signal)
{
    int before = errno;
    char buffer[4096];
    long count;
    int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void) signal;
    while (tasks >= 0 && (count = syscall(SYS_getdents64, tasks, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < count;) {
            /* struct linux_dirent64: 8 bytes inode, 8 offset, 2 length, 1 type, the name. */
            unsigned short step;
            int tid = atoi(buffer + at + 19);
            memcpy(&step, buffer + at + 16, sizeof step);
            if (tid > 0)
                syscall(SYS_tgkill, getpid(), tid, EACH);
            at += step;
        }
    if (tasks >= 0)
        close(tasks);
    errno = before;
}

/* Some drivers block all signals in their threads; ours get through. */
#define LET_THROUGH(name)                                                        \
    int name(int how, const sigset_t *set, sigset_t *old)                        \
    {                                                                            \
        static int (*real)(int, const sigset_t *, sigset_t *);                   \
        sigset_t less;                                                           \
        if (!real)                                                               \
            real = (int (*)(int, const sigset_t *, sigset_t *)) dlsym(RTLD_NEXT, #name); \
        if (set && how != SIG_UNBLOCK) {                                         \
            less = *set;                                                         \
            sigdelset(&less, ASK);                                               \
            sigdelset(&less, EACH);                                              \
            set = &less;                                                         \
        }                                                                        \
        return real(how, set, old);                                              \
    }

LET_THROUGH(pthread_sigmask)
LET_THROUGH(sigprocmask)

__attribute__((constructor)) static void begin(void)
{
    struct sigaction action = {.sa_flags = SA_RESTART};
    const char *file = getenv("CAMWALL_PROBE");
    other = getenv("CAMWALL_PROBE_OTHER");
    wanted = getenv("CAMWALL_PROBE_WANTED");
    if (!file || !other || !wanted)
        return;
    report = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    sigfillset(&action.sa_mask);
    action.sa_handler = ask;
    sigaction(ASK, &action, NULL);
    action.sa_handler = each;
    sigaction(EACH, &action, NULL);
}
