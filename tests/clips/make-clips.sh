#!/usr/bin/env bash
# Makes the pictures and sounds of the simulated cameras from FFmpeg's own generators.
#
#   make-clips.sh          make all clips next to this script, then check them
#   make-clips.sh 3 5      make the clips of cameras 3 and 5 only, then check all
#   make-clips.sh sound    make the sounds only, then check all
#   make-clips.sh rare     make the clips odd-… only, then check all; or name one of them
#   make-clips.sh check    only check what is there
#
# The committed clips came out of this script; NOTES.md says what the project relies on.
# Needs ffmpeg with libx264 and libx265, and the DejaVu fonts (fonts-dejavu-core).
set -euo pipefail
cd "$(dirname "$0")"

FPS=25
SECONDS_LONG=4                      # a whole number of GOPs
GOP=50                              # exactly 2 s
FRAMES=$((FPS * SECONDS_LONG))
FONT=/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf
MONO=/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf

die() { echo "make-clips: $*" >&2; exit 1; }
command -v ffmpeg >/dev/null || die "ffmpeg is missing (Debian: apt install ffmpeg)"
[ -f "$FONT" ] && [ -f "$MONO" ] || die "DejaVu fonts are missing (Debian: apt install fonts-dejavu-core)"

# camera | codec | main size | main bit/s | sub bit/s | name | generator (must end in the main size)
# The generators run at a small size and are blown up where detail would eat the bits; where
# there is too little of it, sensor noise uses up the bit rate.
cameras() {
    cat <<'TABLE'
1|h264|1920x1080|1300k|260k|NORTH GATE|testsrc2=s=1920x1080:r=25
2|h264|1920x1080|1300k|260k|ATRIUM|mandelbrot=s=960x540:r=25:start_scale=2.4:end_scale=0.12:end_pts=320:maxiter=400,hue=h=40,scale=1920:1080:flags=bilinear
3|h264|1920x1080|1300k|260k|CAR PARK|life=s=96x54:r=25:mold=12:seed=7:ratio=0.28:life_color=#7fe0a0:death_color=#20402c:mold_color=#0a140e,fps=25,scale=1920:1080:flags=neighbor
4|h264|1920x1080|2600k|260k|LOADING DOCK|gradients=s=960x540:r=25:n=5:x0=0:y0=0:x1=480:y1=300:seed=11:speed=0.04:c0=#0b2a4a:c1=#d08a2e:c2=#2c6f7f:c3=#912f46:c4=#e8d8b0,scale=1920:1080:flags=bilinear,noise=alls=10:allf=t:all_seed=4
5|h264|1280x720|1100k|260k|SERVER ROOM|cellauto=s=160x90:r=25:rule=30:seed=5:scroll=1:full=1,colorchannelmixer=rr=0.15:gg=0.55:bb=0.85,scale=1280:720:flags=neighbor
6|h264|1280x720|1000k|240k|STAIR B|smptehdbars=s=1280x720:r=25,drawbox=x='mod(t*320\,1200)':y='300+180*sin(t*3)':w=80:h=80:color=white:t=fill,noise=alls=6:allf=t:all_seed=6
7|h265|1920x1080|1100k|230k|PERIMETER EAST|rgbtestsrc=s=1920x1080:r=25,hue=h='t*90',drawgrid=w=240:h=216:t=4:color=black@0.35
8|h265|1280x720|1000k|230k|PLATFORM 2|sierpinski=s=640x360:r=25:type=carpet:seed=3:jump=40,colorchannelmixer=rr=0.9:gg=0.6:bb=0.25,scale=1280:720:flags=bilinear
9|h264|1280x720|1000k|240k|ROOF CAMERA|testsrc=s=1280x720:r=25,negate,hue=h=140:s=0.8,noise=alls=6:allf=t:all_seed=9
TABLE
}

# Further sub streams, as cameras offer them; the whole scene is squeezed into each:
# camera | size | bit/s
other_subs() {
    cat <<'TABLE'
9|320x240|110k
9|352x288|130k
9|640x480|240k
9|704x576|270k
TABLE
}

# Cameras of one small picture, each coded as no other is: camera | kind | name | generator
odd_cameras() {
    cat <<'TABLE'
10|bframes|LOBBY|testsrc2=s=640x360:r=25,hue=h=200,noise=alls=4:allf=t:all_seed=10
11|mjpeg|LABORATORY|gradients=s=640x360:r=25:n=4:x0=0:y0=0:x1=320:y1=180:seed=12:speed=0.05
TABLE
}

# Clips without a number, which no ordinary camera plays; NOTES.md says what each is: name | size | rate | pictures
rare_clips() {
    cat <<'TABLE'
odd-gop30.h265|320x240|10|300
odd-intra-refresh.h264|352x288|10|200
odd-several-pps.h264|352x288|10|80
odd-interlaced.h264|352x288|25|100
odd-grey10.h264|352x288|10|40
odd-no-sar.h264|352x288|10|40
odd-sps-key.h264|mixed|10|80
odd-sps-nonkey.h264|mixed|10|80
odd-frozen.h264|352x288|25|100
odd-black.h264|352x288|25|100
odd-night.h264|352x288|15|300
TABLE
}

# The frame number as 18 square cells, width/40 on a side, in the top left corner:
# one white and one black reference cell, then 16 bits, most significant first.
# Where width/40 is no whole number, the edges of the cells are rounded.
barcode() {
    local width=$1 cell=$(($1 / 40)) bit chain left
    chain="drawbox=x=0:y=0:w=$((width * 18 / 40)):h=$cell:color=black:t=fill"
    chain+=",drawbox=x=0:y=0:w=$cell:h=$cell:color=white:t=fill"
    for bit in $(seq 0 15); do
        left=$((width * (2 + bit) / 40))
        chain+=",drawbox=x=$left:y=0:w=$((width * (3 + bit) / 40 - left)):h=$cell:color=white:t=fill"
        chain+=":enable='mod(floor(n/$((1 << (15 - bit)))),2)'"
    done
    echo "$chain"
}

# What a camera writes over its picture: its number, its name, a clock and the frame number.
overlay() {
    local size=$1 camera=$2 name=$3
    local width=${size%x*} height=${size#*x}
    local small=$((height / 20)) big=$((height / 3)) pad=$((height / 36))
    local box="box=1:boxcolor=black@0.6:boxborderw=$((height / 120))"
    echo "drawtext=fontfile=$FONT:text='$camera':fontsize=$big:fontcolor=white@0.85:borderw=$((height / 120)):bordercolor=black@0.7:x=w-tw-$((pad * 2)):y=(h-th)/2,\
drawtext=fontfile=$FONT:text='CAM $camera  $name':fontsize=$small:fontcolor=white:$box:x=$pad:y=h-th-$pad,\
drawtext=fontfile=$MONO:text='%{pts\\:hms}':fontsize=$small:fontcolor=white:$box:x=w-tw-$pad:y=$pad,\
drawtext=fontfile=$MONO:text='frame %{n}':fontsize=$small:fontcolor=white:$box:x=w-tw-$pad:y=h-th-$pad,\
$(barcode "$width")"
}

encoder() {
    local codec=$1 rate=$2 x264 x265
    x264="aud=1:repeat-headers=1:scenecut=0:open-gop=0:bframes=0:ref=1:force-cfr=1:sliced-threads=0"
    x265="aud=1:repeat-headers=1:scenecut=0:open-gop=0:bframes=0:ref=1:info=0:pools=1:frame-threads=1:keyint=$GOP:min-keyint=$GOP:log-level=error"
    # One thread, so that the same FFmpeg makes the same file again.
    case $codec in
        h264) echo "-c:v libx264 -threads 1 -preset medium -profile:v high -x264-params $x264" ;;
        h265) echo "-c:v libx265 -preset fast -x265-params $x265" ;;
    esac
    echo "-g $GOP -keyint_min $GOP -bf 0 -b:v $rate -maxrate $rate -bufsize $rate"
}

make_camera() {
    local camera=$1 codec=$2 size=$3 main_rate=$4 sub_rate=$5 name=$6 source=$7
    local format=$codec graph
    [ "$codec" = h265 ] && format=hevc
    echo "camera $camera: $name ($codec, $size and 640x360)"
    # Through RGB first, so that the matrix of the file is really the one it is tagged with.
    graph="$source,setsar=1,format=gbrp,split[a][b];"
    graph+="[a]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,$(overlay "$size" "$camera" "$name")[main];"
    graph+="[b]scale=640:360:flags=area:out_color_matrix=smpte170m:out_range=tv,format=yuv420p,$(overlay 640x360 "$camera" "$name")[sub]"
    # shellcheck disable=SC2046 # the encoder's options are words
    ffmpeg -nostdin -v error -y -filter_complex "$graph" \
        -map '[main]' -frames:v "$FRAMES" $(encoder "$codec" "$main_rate") \
        -color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 \
        -f "$format" "cam$camera-${size#*x}.$codec" \
        -map '[sub]' -frames:v "$FRAMES" $(encoder "$codec" "$sub_rate") \
        -color_range tv -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m \
        -f "$format" "cam$camera-360.$codec"
}

make_other_sub() {
    local camera=$1 codec=$2 name=$3 source=$4 size=$5 rate=$6 format=$codec graph
    [ "$codec" = h265 ] && format=hevc
    echo "camera $camera: $name ($codec, $size)"
    graph="$source,setsar=1,format=gbrp,scale=${size/x/:}:flags=area,setsar=1,"
    graph+="scale=out_color_matrix=smpte170m:out_range=tv,format=yuv420p,$(overlay "$size" "$camera" "$name")"
    # shellcheck disable=SC2046 # the encoder's options are words
    ffmpeg -nostdin -v error -y -filter_complex "$graph" -frames:v "$FRAMES" $(encoder "$codec" "$rate") \
        -color_range tv -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m \
        -f "$format" "cam$camera-${size#*x}.$codec"
}

make_odd_camera() {
    local camera=$1 kind=$2 name=$3 source=$4 graph matrix=smpte170m x264 clip
    echo "camera $camera: $name ($kind, 640x360)"
    graph="$source,setsar=1,format=gbrp,"
    case $kind in
        bframes)
            clip=cam$camera-360.h264
            # Two B frames between the others, the first of which is referred to.
            x264="aud=1:repeat-headers=1:scenecut=0:open-gop=0:bframes=2:b-adapt=0:b-pyramid=normal:force-cfr=1:sliced-threads=0"
            graph+="scale=out_color_matrix=$matrix:out_range=tv,format=yuv420p,$(overlay 640x360 "$camera" "$name")"
            ffmpeg -nostdin -v error -y -filter_complex "$graph" -frames:v "$FRAMES" \
                -c:v libx264 -threads 1 -preset medium -profile:v high -x264-params "$x264" \
                -g "$GOP" -keyint_min "$GOP" -b:v 260k -maxrate 260k -bufsize 260k \
                -color_range tv -colorspace $matrix -color_primaries $matrix -color_trc $matrix \
                -f mpegts "$clip.ts"
            ffmpeg -nostdin -v error -y -i "$clip.ts" -c copy -f h264 "$clip"
            # Which frame each unit shows, as timestamps say it and the raw stream does not.
            ffprobe -v error -show_entries packet=pts_time -of default=nk=1:nw=1 "$clip.ts" |
                awk -v fps="$FPS" 'NR == 1 { first = $1 }
                    { printf "%d\n", ($1 - first) * fps + 0.5 }' >"${clip%.*}.order"
            rm "$clip.ts"
            ;;
        mjpeg)
            # Full range and default Huffman tables, which RTP takes for granted (RFC 2435).
            graph+="scale=out_color_matrix=$matrix:out_range=pc,format=yuvj420p,$(overlay 640x360 "$camera" "$name")"
            ffmpeg -nostdin -v error -y -filter_complex "$graph" -frames:v "$FRAMES" -bitexact \
                -c:v mjpeg -threads 1 -huffman default -q:v 9 -f mjpeg "cam$camera-360.mjpeg"
            ;;
    esac
}

# H.264 of one of these clips: encode_rare FILE PICTURES GOP FURTHER_X264 INPUT…
encode_rare() {
    local clip=$1 pictures=$2 gop=$3 further=$4
    shift 4
    ffmpeg -nostdin -v error -y "$@" -frames:v "$pictures" -c:v libx264 -threads 1 -preset medium \
        -x264-params "aud=1:repeat-headers=1:scenecut=0:open-gop=0:bframes=0:ref=1:force-cfr=1:sliced-threads=0:keyint=$gop:min-keyint=$gop:$further" \
        -color_range tv -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m -f h264 "$clip"
}

# A moving picture with a clock: size and rate.
scene() {
    echo "testsrc2=s=$1:r=$2,setsar=1,format=yuv420p"
}

# What a clip is made of: pictures FIRST to LAST of it, as they are.
pictures() {
    ffmpeg -nostdin -v error -y -f h264 -i "$1" -c copy -bsf:v "noise=drop='lt(n\,$2)+gt(n\,$3)'" -f h264 "$4"
}

# The parameter sets of a clip's first picture.
parameter_sets() {
    ffmpeg -nostdin -v error -y -f h264 -i "$1" -c copy -frames:v 1 -bsf:v 'filter_units=pass_types=7-8' -f h264 "$2"
}

# A delimiter (H.264, 7.3.2.4), for a picture that begins with parameter sets of another clip.
delimiter() {
    printf '\x00\x00\x00\x01\x09\xf0'
}

# One SPS and two PPS: groups of 20 pictures use the one and the other by turns. x264 numbers both
# sets of an encoding alike, so the second's PPS (id 1, "010" twice) is rewritten to refer to SPS 0.
make_several_pps() {
    local clip=$1 work=$2 source bits byte hex part from
    source=$(scene 352x288 10)
    encode_rare "$work/a.h264" 80 20 "qp=33" -f lavfi -i "$source"
    encode_rare "$work/b.h264" 80 20 "qp=33:sps-id=1:chroma-qp-offset=4" -f lavfi -i "$source"
    ffmpeg -nostdin -v error -y -f h264 -i "$work/a.h264" -c copy -frames:v 1 -bsf:v 'filter_units=pass_types=7' -f h264 "$work/sps"
    ffmpeg -nostdin -v error -y -f h264 -i "$work/a.h264" -c copy -frames:v 1 -bsf:v 'filter_units=pass_types=8' -f h264 "$work/pps0"
    ffmpeg -nostdin -v error -y -f h264 -i "$work/b.h264" -c copy -frames:v 1 -bsf:v 'filter_units=pass_types=8' -f h264 "$work/pps1"
    bits=
    for byte in $(od -An -v -tu1 "$work/pps1" | tr -s ' \n' ' ' | sed 's/^ *0 0 0 1 [0-9]* //; s/^ *0 0 1 [0-9]* //'); do
        for part in 7 6 5 4 3 2 1 0; do bits+=$((byte >> part & 1)); done
    done
    [ "${bits:0:6}" = 010010 ] || die "x264 writes another PPS than it did"
    bits=$(sed 's/0*$//' <<<"0101${bits:6}")
    while [ $((${#bits} % 8)) -ne 0 ]; do bits+=0; done
    hex='\x00\x00\x00\x01\x68'
    for ((from = 0; from < ${#bits}; from += 8)); do
        hex+=$(printf '\\x%02x' "$((2#${bits:from:8}))")
    done
    printf '%b' "$hex" >"$work/pps1"
    : >"$clip"
    for from in 0 20 40 60; do
        part=a
        [ $((from / 20 % 2)) -eq 0 ] || part=b
        ffmpeg -nostdin -v error -y -f h264 -i "$work/$part.h264" -c copy \
            -bsf:v "noise=drop='lt(n\\,$from)+gt(n\\,$((from + 19)))',filter_units=remove_types=7-8" -f h264 "$work/part"
        # Both PPS stand before each key frame, behind the delimiter of 6 bytes.
        { delimiter; cat "$work/sps" "$work/pps0" "$work/pps1"; tail -c +7 "$work/part"; } >>"$clip"
    done
}

make_rare() {
    local clip=$1 size=$2 rate=$3 pictures=$4 work
    echo "$clip"
    work=$(mktemp -d)
    case $clip in
        odd-gop30.h265)
            ffmpeg -nostdin -v error -y -f lavfi -i "$(scene "$size" "$rate")" -frames:v "$pictures" -c:v libx265 -preset fast \
                -x265-params "aud=1:repeat-headers=1:scenecut=0:open-gop=0:bframes=0:ref=1:info=0:pools=1:frame-threads=1:keyint=300:min-keyint=300:log-level=error:crf=38" \
                -color_range tv -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m -f hevc "$clip"
            ;;
        odd-intra-refresh.h264) encode_rare "$clip" "$pictures" 20 "intra-refresh=1:crf=34" -f lavfi -i "$(scene "$size" "$rate")" ;;
        odd-several-pps.h264) make_several_pps "$clip" "$work" ;;
        odd-interlaced.h264) encode_rare "$clip" "$pictures" 50 "tff=1:crf=34" -f lavfi -i "testsrc2=s=$size:r=50,setsar=1,interlace=lowpass=off,format=yuv420p" ;;
        odd-grey10.h264) encode_rare "$clip" "$pictures" 20 "crf=34" -f lavfi -i "testsrc2=s=$size:r=$rate,setsar=1,format=gray10le" -pix_fmt gray10le ;;
        odd-no-sar.h264) encode_rare "$clip" "$pictures" 20 "crf=34" -f lavfi -i "testsrc2=s=$size:r=$rate,setsar=0,format=yuv420p" ;;
        odd-sps-*)
            encode_rare "$work/a.h264" 40 20 "crf=34" -f lavfi -i "$(scene 352x288 "$rate")"
            encode_rare "$work/b.h264" 60 20 "crf=34" -f lavfi -i "$(scene 320x240 "$rate")"
            if [ "$clip" = odd-sps-key.h264 ]; then
                pictures "$work/b.h264" 0 39 "$work/c.h264"
                cat "$work/a.h264" "$work/c.h264" >"$clip"
            else
                # The new sets stand before the sixth picture of a group whose key frame never came.
                pictures "$work/b.h264" 5 44 "$work/c.h264"
                parameter_sets "$work/b.h264" "$work/sets"
                { cat "$work/a.h264"; delimiter; cat "$work/sets"; tail -c +7 "$work/c.h264"; } >"$clip"
            fi
            ;;
        odd-frozen.h264)
            # Key frames are much finer than the others, so that those have nothing to add.
            ffmpeg -nostdin -v error -y -f h264 -i cam9-288.h264 -vf "select='eq(n\,99)'" -frames:v 1 -f rawvideo -pix_fmt yuv420p "$work/last.yuv"
            encode_rare "$clip" "$pictures" 50 "qp=40:ipratio=4:no-mbtree=1" -stream_loop -1 -f rawvideo -pix_fmt yuv420p -s "$size" -r "$rate" -i "$work/last.yuv" -vf setsar=1
            ;;
        odd-black.h264) encode_rare "$clip" "$pictures" 50 "crf=28" -f lavfi -i "color=black:s=$size:r=$rate,setsar=1,format=yuv420p" ;;
        odd-night.h264)
            # A yard with a door and a lamp; sensor noise in each picture, the same scene for ever.
            encode_rare "$clip" "$pictures" 30 "crf=24" -f lavfi -i "color=0x0c0e12:s=$size:r=$rate,drawbox=x=0:y=180:w=352:h=108:color=0x14161a:t=fill,drawbox=x=60:y=90:w=60:h=110:color=0x1c1a18:t=fill,drawbox=x=230:y=60:w=14:h=10:color=0x484438:t=fill,setsar=1,format=yuv420p,gblur=sigma=4,noise=alls=7:allf=t:all_seed=12"
            ;;
    esac
    rm -r "$work"
}

# 8 s of a tone with a beep each second; AAC frames of 1024 samples fill 8 s at 16 kHz exactly.
make_audio() {
    local tone="sine=frequency=330:beep_factor=4:sample_rate=16000:duration=8,volume=0.5"
    ffmpeg -nostdin -v error -y -f lavfi -i "$tone" -ac 1 -c:a aac -b:a 32k -f adts tone.aac
    ffmpeg -nostdin -v error -y -f lavfi -i "$tone" -ac 1 -ar 8000 -c:a pcm_mulaw -f mulaw tone.ulaw
    # Rising, so that no part of it is like another.
    ffmpeg -nostdin -v error -y -f lavfi -i "aevalsrc=0.5*sin(2*PI*(200*t+60*t*t)):s=8000:d=8" \
        -ac 1 -c:a pcm_alaw -f alaw tone.alaw
}

# Every barcode of a clip must give its frame's number, and the length must be whole GOPs.
check_clip() {
    local clip=$1
    ffmpeg -nostdin -v error -i "$clip" \
        -vf "crop=iw*18/40:iw/40:0:0,scale=18:1:flags=area,format=gray" -f rawvideo - |
        od -An -v -tu1 -w18 |
        awk -v clip="$clip" -v frames="$FRAMES" '
            { number = 0; for (i = 3; i <= 18; i++) number = number * 2 + ($i > 127) }
            $1 < 200 || $2 > 60 || number != NR - 1 {
                printf "%s: frame %d reads as %d\n", clip, NR - 1, number; bad = 1 }
            END { if (NR != frames) { printf "%s: %d frames, not %d\n", clip, NR, frames; bad = 1 }
                  exit bad }'
}

# It has as many pictures as it should, and as many different ones.
check_rare() {
    local clip=$1 pictures=$2 count different
    count=$(ffprobe -v quiet -count_packets -show_entries stream=nb_read_packets -of default=nk=1:nw=1 "$clip")
    [ "$count" -eq "$pictures" ] || { echo "$clip: $count pictures, not $pictures"; return 1; }
    case $clip in
        odd-frozen.h264 | odd-black.h264) count=1 ;;
        odd-night.h264) ;;
        *) return 0 ;;
    esac
    different=$(ffmpeg -nostdin -v error -i "$clip" -f framemd5 - | grep -v '^#' | awk '{ print $NF }' | sort -u | wc -l)
    [ "$different" -eq "$count" ] || { echo "$clip: $different different pictures, not $count"; return 1; }
}

check_all() {
    local bad=0 clip size
    for clip in cam*-*.h26[45] cam*-*.mjpeg; do
        check_clip "$clip" || bad=1
    done
    for clip in cam*-*.order; do
        sort -n "$clip" | diff -q - <(seq 0 $((FRAMES - 1))) >/dev/null ||
            { echo "$clip: not an order of $FRAMES frames"; bad=1; }
    done
    while IFS='|' read -r clip _ _ pictures; do
        check_rare "$clip" "$pictures" || bad=1
    done < <(rare_clips)
    size=$(cat cam*.* odd-*.* tone.* | wc -c)
    echo "all clips: $size bytes"
    [ "$size" -lt 12000000 ] || { echo "all clips together must stay under 12 MB" >&2; bad=1; }
    return $bad
}

if [ "${1:-}" != check ]; then
    while IFS='|' read -r camera codec size main_rate sub_rate name source; do
        [ $# -eq 0 ] || [[ " $* " == *" $camera "* ]] || continue
        make_camera "$camera" "$codec" "$size" "$main_rate" "$sub_rate" "$name" "$source"
        while IFS='|' read -r number other rate; do
            [ "$number" != "$camera" ] ||
                make_other_sub "$camera" "$codec" "$name" "$source" "$other" "$rate"
        done < <(other_subs)
    done < <(cameras)
    while IFS='|' read -r camera kind name source; do
        [ $# -eq 0 ] || [[ " $* " == *" $camera "* ]] || continue
        make_odd_camera "$camera" "$kind" "$name" "$source"
    done < <(odd_cameras)
    if [ $# -eq 0 ] || [[ " $* " == *" sound "* ]]; then make_audio; fi
    while IFS='|' read -r clip size rate pictures; do
        [ $# -eq 0 ] || [[ " $* " == *" rare "* || " $* " == *" $clip "* ]] || continue
        make_rare "$clip" "$size" "$rate" "$pictures"
    done < <(rare_clips)
fi
check_all
