//! System calls that no wall needs: the kernel refuses them with EPERM (seccomp).
//!
//! Main thread. Policy: a list of what is refused, not of what is allowed: drivers and libraries of
//! the system call what they like, and a wall that ends because Mesa has learnt a new call is worth
//! less than what a longer list would give. Refused is what starts programs, looks into others,
//! changes what is mounted, and the parts of the kernel that are attacked most. Threads are started
//! as ever.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

use super::NotConfined;

/// Whatever its arguments are, each of these is refused.
const REFUSED: &[i64] = &[
    // Other programs.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    // What is mounted, and what a process sees of it.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_fsconfig,
    libc::SYS_fspick,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    // Past the rules for files.
    libc::SYS_open_by_handle_at,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // Parts of the kernel that are attacked most.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_fanotify_init,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // The whole computer.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

/// The ports of a PC.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[i64] = &[libc::SYS_iopl, libc::SYS_ioperm];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[i64] = &[];

/// On x86-64 the same calls have other numbers for programs with short pointers (x32), and these
/// have such numbers only: execve, ptrace, kexec_load, process_vm_readv and _writev, execveat
/// (arch/x86/entry/syscalls/syscall_64.tbl).
#[cfg(target_arch = "x86_64")]
const SHORT: (i64, &[i64]) = (0x4000_0000, &[520, 521, 528, 539, 540, 545]);
#[cfg(not(target_arch = "x86_64"))]
const SHORT: (i64, &[i64]) = (0, &[]);

/// A new world for a process: its own users, mounts, network and so on. As part of `clone`, where
/// they are the way around `unshare`.
const NEW_WORLDS: [libc::c_int; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Has the kernel refuse the calls to this thread and those that it will start.
pub(super) fn confine() -> Result<(), NotConfined> {
    let [refused, absent] = programs().map_err(seccompiler::Error::from)?;
    apply_filter(&refused).map_err(offered)?;
    apply_filter(&absent).map_err(offered)?;
    Ok(())
}

/// The kernel's word for what it does not have, in ours.
fn offered(error: seccompiler::Error) -> NotConfined {
    let absent = |code| matches!(code, Some(libc::ENOSYS | libc::EINVAL));
    match &error {
        seccompiler::Error::Seccomp(why) | seccompiler::Error::Prctl(why)
            if absent(why.raw_os_error()) =>
        {
            NotConfined::NotOffered
        }
        _ => NotConfined::Calls(error),
    }
}

/// What is refused, and what is said not to exist: the arguments of `clone3` lie in memory, where a
/// filter can't look, and who does not have it calls `clone`.
fn programs() -> Result<[BpfProgram; 2], BackendError> {
    let (bit, short) = SHORT;
    let mut refused = BTreeMap::new();
    for call in REFUSED.iter().chain(REFUSED_HERE).chain(short) {
        refused.insert(*call, Vec::new());
        refused.insert(*call | bit, Vec::new());
    }
    for call in [libc::SYS_clone, libc::SYS_clone | bit] {
        refused.insert(call, NEW_WORLDS.map(with_flag).into_iter().collect::<Result<_, _>>()?);
    }
    let absent = [libc::SYS_clone3, libc::SYS_clone3 | bit].map(|call| (call, Vec::new()));
    Ok([program(refused, libc::EPERM)?, program(absent.into(), libc::ENOSYS)?])
}

/// Holds where the first argument has this flag.
fn with_flag(flag: libc::c_int) -> Result<SeccompRule, BackendError> {
    let flag = u64::from(flag.unsigned_abs());
    let has = SeccompCmpOp::MaskedEq(flag);
    SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, has, flag)?])
}

fn program(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    errno: libc::c_int,
) -> Result<BpfProgram, BackendError> {
    let arch = TargetArch::try_from(ARCH)?;
    let answer = SeccompAction::Errno(errno.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, answer, arch)?.try_into()
}
