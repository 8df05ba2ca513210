// The wall in one pass. Two kinds of draw share it: video tiles (planes → RGB) and quads (text and
// plain shapes, blended over). Colours leave here gamma-encoded: the target is a plain Unorm
// texture, so no pow is spent per pixel (llvmpipe spends three quarters of all CPU in here).
//
// The layout of `Tile` is that of `gpu::TileUniform`; the numbers of `shape` are those of
// `quad::Shape`. Keep them in step.

struct Tile {
    // Picture on the target: x, y, width, height in pixels.
    dst: vec4<f32>,
    // Part of the picture that is shown: u, v, width, height in 0..1.
    src: vec4<f32>,
    // 2 / target width, 2 / target height (xy); chroma siting as an offset of the chroma lookup in
    // 0..1 (zw).
    to_clip_and_siting: vec4<f32>,
    // Taps per axis for luma (xy) and chroma (zw).
    taps: vec4<f32>,
    // Period of the hatching in pixels (x); what `on_wall` adds (zw).
    look: vec4<f32>,
    // Two columns of the matrix of `on_wall`.
    turn: vec4<f32>,
}

// What can be decided when a pipeline is made is decided there: llvmpipe computes both sides of
// every branch, and loads a uniform anew for each pixel (the matrix as uniforms takes 6 of 12 ns
// per pixel, as constants none; measured with perf, 2 cores).

// Whether the picture is not live.
override HATCHED: bool = false;
// Whether the wall is turned or moved in its target.
override MOVED: bool = false;
// Whether each plane is looked up once per pixel: the picture is not made smaller.
override ONE_TAP: bool = false;
// YUV → RGB: all three channels take Y times `Y`; then what Cb and Cr give to each, and an offset.
override Y: f32 = 1.0;
override R_CR: f32 = 0.0;
override G_CB: f32 = 0.0;
override G_CR: f32 = 0.0;
override B_CB: f32 = 0.0;
override R_0: f32 = 0.0;
override G_0: f32 = 0.0;
override B_0: f32 = 0.0;

@group(0) @binding(0) var<uniform> tile: Tile;
@group(1) @binding(0) var luma: texture_2d<f32>;
@group(1) @binding(1) var chroma_b: texture_2d<f32>;
@group(1) @binding(2) var chroma_r: texture_2d<f32>;
@group(1) @binding(3) var linear: sampler;
@group(1) @binding(4) var nearest: sampler;
// Bilinear too, for chroma; why it is another one says `gpu::WallGpu`.
@group(1) @binding(5) var exact: sampler;

struct TilePixel {
    @builtin(position) at: vec4<f32>,
    @location(0) @interpolate(linear) uv: vec2<f32>,
    @location(1) @interpolate(linear) chroma_uv: vec2<f32>,
}

fn corner(index: u32) -> vec2<f32> {
    return vec2<f32>(f32(index & 1u), f32(index >> 1u));
}

fn to_clip(pixel: vec2<f32>, scale: vec2<f32>) -> vec4<f32> {
    return vec4<f32>(pixel.x * scale.x - 1.0, 1.0 - pixel.y * scale.y, 0.0, 1.0);
}

// From a pixel of the target to one of the wall.
fn on_wall(at: vec2<f32>, turn: vec4<f32>, corner: vec2<f32>) -> vec2<f32> {
    if MOVED {
        return turn.xy * at.x + turn.zw * at.y + corner;
    }
    return at;
}

// And back: the inverse of a quarter turn is its transpose.
fn on_target(pixel: vec2<f32>, turn: vec4<f32>, corner: vec2<f32>) -> vec2<f32> {
    if MOVED {
        return vec2<f32>(dot(turn.xy, pixel - corner), dot(turn.zw, pixel - corner));
    }
    return pixel;
}

@vertex
fn tile_vertex(@builtin(vertex_index) index: u32) -> TilePixel {
    let uv = tile.src.xy + corner(index) * tile.src.zw;
    return TilePixel(
        to_clip(
            on_target(tile.dst.xy + corner(index) * tile.dst.zw, tile.turn, tile.look.zw),
            tile.to_clip_and_siting.xy,
        ),
        uv,
        uv + tile.to_clip_and_siting.zw,
    );
}

// A picture that is not live is darkened and hatched: a frozen one must never pass for a live one.
fn finish(y: f32, cb: f32, cr: f32, at: vec2<f32>) -> vec4<f32> {
    let light = y * Y;
    var rgb = vec3<f32>(
        light + cr * R_CR + R_0,
        light + cb * G_CB + cr * G_CR + G_0,
        light + cb * B_CB + B_0,
    );
    if HATCHED {
        let pixel = on_wall(at, tile.turn, tile.look.zw);
        let stripe = fract((pixel.x + pixel.y) / tile.look.x);
        rgb = mix(rgb * 0.45, vec3<f32>(0.55), select(0.0, 0.35, stripe < 0.18));
    }
    return vec4<f32>(rgb, 1.0);
}

// Packed pixels that are already as large as on screen: one texel each, no filtering.
@fragment
fn tile_texel(in: TilePixel) -> @location(0) vec4<f32> {
    let yuv = textureSampleLevel(luma, nearest, in.uv, 0.0);
    return finish(yuv.r, yuv.g, yuv.b, in.at.xy);
}

// Averages the part of `plane` that one target pixel covers, with bilinear taps spread evenly: exact
// for whole ratios, free of moiré for the others. One tap where the picture is not made smaller.
fn area(plane: texture_2d<f32>, how: sampler, uv: vec2<f32>, taps: vec2<f32>) -> vec4<f32> {
    if ONE_TAP {
        return textureSampleLevel(plane, how, uv, 0.0);
    }
    let footprint = tile.src.zw / tile.dst.zw;
    let nx = i32(taps.x);
    let ny = i32(taps.y);
    var sum = vec4<f32>(0.0);
    for (var j = 0; j < ny; j += 1) {
        for (var i = 0; i < nx; i += 1) {
            let offset = (vec2<f32>(f32(i), f32(j)) + 0.5) / taps - 0.5;
            sum += textureSampleLevel(plane, how, uv + offset * footprint, 0.0);
        }
    }
    return sum / (taps.x * taps.y);
}

@fragment
fn tile_packed(in: TilePixel) -> @location(0) vec4<f32> {
    let yuv = area(luma, linear, in.uv, tile.taps.xy);
    return finish(yuv.r, yuv.g, yuv.b, in.at.xy);
}

@fragment
fn tile_planar(in: TilePixel) -> @location(0) vec4<f32> {
    let y = area(luma, linear, in.uv, tile.taps.xy).r;
    let cb = area(chroma_b, exact, in.chroma_uv, tile.taps.zw).r;
    let cr = area(chroma_r, exact, in.chroma_uv, tile.taps.zw).r;
    return finish(y, cb, cr, in.at.xy);
}

@fragment
fn tile_nv12(in: TilePixel) -> @location(0) vec4<f32> {
    let y = area(luma, linear, in.uv, tile.taps.xy).r;
    let c = area(chroma_b, exact, in.chroma_uv, tile.taps.zw).rg;
    return finish(y, c.r, c.g, in.at.xy);
}

// ---- quads: text and shapes over the pictures ------------------------------------------------

struct QuadClip {
    // 2 / target width, 2 / target height (xy); what `on_wall` adds (zw).
    to_clip_and_corner: vec4<f32>,
    // Two columns of the matrix of `on_wall`.
    turn: vec4<f32>,
}

@group(0) @binding(0) var<uniform> quad_clip: QuadClip;
@group(0) @binding(1) var glyphs: texture_2d<f32>;

struct Quad {
    // On the target: x, y, width, height in pixels.
    @location(0) dst: vec4<f32>,
    // In the glyph texture: x, y, width, height in texels.
    @location(1) src: vec4<f32>,
    @location(2) color: vec4<f32>,
    // Which shape.
    @location(3) shape: u32,
}

struct QuadPixel {
    @builtin(position) at: vec4<f32>,
    @location(0) @interpolate(flat) dst: vec4<f32>,
    @location(1) @interpolate(flat) src: vec4<f32>,
    @location(2) @interpolate(flat) color: vec4<f32>,
    @location(3) @interpolate(flat) shape: u32,
}

@vertex
fn quad_vertex(@builtin(vertex_index) index: u32, quad: Quad) -> QuadPixel {
    return QuadPixel(
        to_clip(
            on_target(
                quad.dst.xy + corner(index) * quad.dst.zw,
                quad_clip.turn,
                quad_clip.to_clip_and_corner.zw,
            ),
            quad_clip.to_clip_and_corner.xy,
        ),
        quad.dst,
        quad.src,
        quad.color,
        quad.shape,
    );
}

@fragment
fn quad_fragment(quad: QuadPixel) -> @location(0) vec4<f32> {
    let at = on_wall(quad.at.xy, quad_clip.turn, quad_clip.to_clip_and_corner.zw);
    let inside = at - quad.dst.xy;
    var cover = 1.0;
    switch quad.shape {
        // Glyph: one texel per pixel, glyphs are rasterised at their final size.
        case 1u: {
            cover = textureLoad(glyphs, vec2<i32>(quad.src.xy + inside), 0).r;
        }
        // Disc.
        case 2u: {
            let r = quad.dst.z * 0.5;
            cover = clamp(r - distance(inside, vec2<f32>(r)) + 0.5, 0.0, 1.0);
        }
        // Triangle, tip up.
        case 3u: {
            let half = abs(inside.x - quad.dst.z * 0.5);
            cover = clamp((inside.y * 0.5 - half) + 0.5, 0.0, 1.0);
        }
        // Hatching.
        case 4u: {
            let stripe = fract((at.x + at.y) / quad.src.x);
            cover = select(0.0, 1.0, stripe < 0.18);
        }
        default: {}
    }
    return vec4<f32>(quad.color.rgb, quad.color.a * cover);
}
