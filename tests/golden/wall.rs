//! The real program, started on a wall of clips, and the snapshot it leaves.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use image::RgbImage;
use testkit::Devices;

/// A tile of the wall.
pub struct Tile {
    pub clip: PathBuf,
    /// Column, row, width and height in cells.
    pub cells: [u32; 4],
    pub fit: &'static str,
    /// Whether the clip begins anew at its end.
    pub looped: bool,
}

impl Tile {
    /// A clip that loops and keeps its shape.
    pub fn new(clip: PathBuf, cells: [u32; 4]) -> Self {
        Self { clip, cells, fit: "Contain", looped: true }
    }
}

/// A wall without any text on it.
pub struct Wall<'a> {
    /// Pixels of the wall.
    pub size: (u32, u32),
    /// Columns and rows.
    pub cells: (u32, u32),
    pub tiles: Vec<Tile>,
    /// Where pictures are made small: `CAMWALL_SCALE`.
    pub scale: Option<&'static str>,
    /// What is plugged into the computer, if tiles show devices.
    pub devices: Option<&'a Devices>,
    /// How long the wall runs on after all cameras have a picture, before the snapshot.
    pub settle: Duration,
}

/// How long the cameras may take: for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pixels at a tile's edge on which the wall may draw seams and the frame of the selected tile.
pub const SEAM: u32 = 8;

impl<'a> Wall<'a> {
    /// One clip, alone: no seams.
    pub fn of_one(size: (u32, u32), clip: PathBuf) -> Self {
        Self::new(size, (1, 1), vec![Tile::new(clip, [0, 0, 1, 1])])
    }

    pub fn new(size: (u32, u32), cells: (u32, u32), tiles: Vec<Tile>) -> Self {
        Self { size, cells, tiles, scale: None, devices: None, settle: Duration::from_millis(800) }
    }

    /// Runs the program until `settle` after all cameras have a picture and ends it with SIGTERM;
    /// gives the snapshot it leaves then.
    pub fn snapshot(&self, folder: &Path) -> RgbImage {
        let (mut program, file) = self.start(folder);
        wait_for(&file, &mut program);
        // What counts is the last one: the first may hold pictures from before scaling set in.
        std::fs::remove_file(&file).expect("the first snapshot");
        sleep(self.settle);
        terminate(&mut program);
        image::open(&file).expect("the last snapshot").to_rgb8()
    }

    /// Starts the program; also gives where its snapshot will be.
    fn start(&self, folder: &Path) -> (Child, PathBuf) {
        let (ron, png) = (folder.join("wall.ron"), folder.join("wall.png"));
        std::fs::write(&ron, self.ron()).expect("a wall file");
        let log = std::fs::File::create(folder.join("wall.log")).expect("a log");
        let mut command = Command::new(testkit::program("camwall"));
        command.arg(&ron).arg("--headless").arg("--snapshot").arg(&png);
        command.arg("--size").arg(format!("{}x{}", self.size.0, self.size.1));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.env_remove("CAMWALL_SCALE").envs(self.scale.map(|how| ("CAMWALL_SCALE", how)));
        if let Some(devices) = self.devices {
            devices.given_to(&mut command);
        }
        (command.spawn().expect("camwall starts"), png)
    }

    fn ron(&self) -> String {
        let (mut cameras, mut tiles) = (String::new(), String::new());
        for (index, tile) in self.tiles.iter().enumerate() {
            let [column, row, width, height] = tile.cells;
            let options = if tile.looped { "{}" } else { "{\"loop\": \"0\"}" };
            writeln!(
                cameras,
                "\"c{index}\": (main: {:?}, fit: {}, options: {options}),",
                tile.clip, tile.fit
            )
            .expect("strings grow");
            writeln!(
                tiles,
                "(camera: \"c{index}\", column: {column}, row: {row}, width: {width}, \
                 height: {height}),"
            )
            .expect("strings grow");
        }
        let (columns, rows) = self.cells;
        format!(
            "(cameras: {{\n{cameras}}},\n\
             layouts: {{\"all\": Tiles(columns: {columns}, rows: {rows}, tiles: [\n{tiles}])}},\n\
             window: (fullscreen: false, size: {:?}),\n\
             overlay: (name: false, state: false, clock: false),\n)",
            self.size
        )
    }
}

/// Waits for a file that appears when it is whole.
fn wait_for(file: &Path, program: &mut Child) {
    let start = Instant::now();
    while !file.exists() {
        let ended = program.try_wait().expect("a child");
        assert!(ended.is_none(), "camwall ended: {}", log_beside(file));
        if start.elapsed() > PATIENCE {
            program.kill().unwrap_or_default();
            panic!("no snapshot: {}", log_beside(file));
        }
        sleep(Duration::from_millis(30));
    }
}

fn log_beside(file: &Path) -> String {
    std::fs::read_to_string(file.with_extension("log")).unwrap_or_default()
}

/// Asks the program to end, as `systemctl stop` would, and waits for it.
fn terminate(program: &mut Child) {
    let pid = program.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(asked.is_ok_and(|status| status.success()), "no kill");
    let start = Instant::now();
    while program.try_wait().expect("a child").is_none() {
        if start.elapsed() > PATIENCE {
            program.kill().unwrap_or_default();
            panic!("camwall does not end");
        }
        sleep(Duration::from_millis(20));
    }
}
