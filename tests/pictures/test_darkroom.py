"""Pictures examined and made smaller; hostile files refused in our words."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pyvips
from tests.pictures import samples
from tests.pictures.conftest import Put
from tests.pictures.samples import (
    exif,
    picture,
    png_that_claims,
    png_with_packed,
    tiff_of_subfile_type,
    with_exif,
)
from tools.prove.corpus import black_png

from safelight.errors import NotAPicture, NotFound, PictureTooLarge, SafelightError, Unavailable
from safelight.library.ports import ThumbnailKind
from safelight.pictures.darkroom import VipsDarkroom

SUFFIXES = [".jpg", ".png", ".webp", ".gif", ".tiff", ".avif"]
PLACE = exif(
    image={samples.MAKE: "Acme", samples.ORIENTATION: 6},
    camera={samples.DATE_TIME_ORIGINAL: "2026:05:04 18:30:00"},
    place={
        samples.LATITUDE_REF: "N",
        samples.LATITUDE: [(48, 1), (30, 1), (0, 1)],
        samples.LONGITUDE_REF: "E",
        samples.LONGITUDE: [(9, 1), (0, 1), (0, 1)],
    },
)


def loaded(path: Path) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(path.read_bytes(), "")


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_a_picture_of_each_kind_is_examined(
    darkroom: VipsDarkroom, put: Put, suffix: str
) -> None:
    found = await darkroom.examine(put(picture(suffix)))
    assert f".{found.extension}" == suffix
    assert (found.width, found.height, found.orientation) == (600, 400, 1)
    assert found.taken_at is None
    assert found.camera_make == ""


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("kind", "size"),
    [
        (ThumbnailKind.SQUARE_SMALL, (250, 250)),
        (ThumbnailKind.SQUARE, (400, 400)),
        (ThumbnailKind.LARGE, (600, 400)),
    ],
)
async def test_a_thumbnail_is_a_jpeg_and_never_larger_than_its_picture(
    darkroom: VipsDarkroom,
    put: Put,
    tmp_path: Path,
    suffix: str,
    kind: ThumbnailKind,
    size: tuple[int, int],
) -> None:
    into = tmp_path / "thumbnail"
    await darkroom.thumbnail(put(picture(suffix)), kind, into)
    assert into.read_bytes()[:3] == b"\xff\xd8\xff"
    assert (loaded(into).width, loaded(into).height) == size


@pytest.mark.parametrize(
    ("width", "height", "kind", "size"),
    [
        (1600, 1200, ThumbnailKind.SQUARE, (500, 500)),
        (1600, 2160, ThumbnailKind.LARGE, (800, 1080)),
        (12000, 900, ThumbnailKind.LARGE, (4096, 307)),
        (1, 4000, ThumbnailKind.SQUARE, (1, 1)),
        (4000, 1, ThumbnailKind.LARGE, (4000, 1)),
    ],
)
async def test_thumbnails_keep_to_their_bounds(
    darkroom: VipsDarkroom,
    put: Put,
    tmp_path: Path,
    width: int,
    height: int,
    kind: ThumbnailKind,
    size: tuple[int, int],
) -> None:
    into = tmp_path / "thumbnail"
    await darkroom.thumbnail(put(picture(width=width, height=height)), kind, into)
    assert (loaded(into).width, loaded(into).height) == size


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_turned_picture_is_described_and_shown_upright(
    darkroom: VipsDarkroom, put: Put, tmp_path: Path, orientation: int
) -> None:
    path = put(with_exif(picture(), exif(image={samples.ORIENTATION: orientation})))
    found = await darkroom.examine(path)
    await darkroom.thumbnail(path, ThumbnailKind.LARGE, tmp_path / "thumbnail")
    shown = loaded(tmp_path / "thumbnail")
    assert found.orientation == orientation
    assert (found.width, found.height) == (shown.width, shown.height)
    assert (found.width, found.height) == ((600, 400) if orientation < 5 else (400, 600))
    # The blue stripe is on top in the file; EXIF's table says where that edge belongs.
    x, y = [(300, 5), (300, 5), (300, 394), (300, 394), (5, 300), (394, 300), (394, 300), (5, 300)][
        orientation - 1
    ]
    red, _, blue = shown.getpoint(x, y)
    assert blue > red


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
async def test_a_turn_that_exif_does_not_know_is_none(
    darkroom: VipsDarkroom, put: Put, tmp_path: Path, orientation: int
) -> None:
    path = put(with_exif(picture(), exif(image={samples.ORIENTATION: orientation})))
    found = await darkroom.examine(path)
    await darkroom.thumbnail(path, ThumbnailKind.LARGE, tmp_path / "thumbnail")
    assert (found.orientation, found.width, found.height) == (1, 600, 400)
    assert loaded(tmp_path / "thumbnail").width == 600


async def test_the_camera_s_words_are_told_and_not_passed_on(
    darkroom: VipsDarkroom, put: Put, tmp_path: Path
) -> None:
    path = put(with_exif(picture(), PLACE))
    found = await darkroom.examine(path)
    assert found.taken_at == datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
    assert (found.camera_make, found.latitude, found.longitude) == ("Acme", 48.5, 9.0)
    for kind in ThumbnailKind:
        await darkroom.thumbnail(path, kind, tmp_path / "thumbnail")
        written = (tmp_path / "thumbnail").read_bytes()
        assert b"Exif" not in written
        assert b"Acme" not in written
        assert not {"exif-data", "xmp-data", "icc-profile-data", "orientation"} & set(
            loaded(tmp_path / "thumbnail").get_fields()
        )


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff"])
async def test_the_camera_s_words_are_found_in_other_kinds(
    darkroom: VipsDarkroom, put: Put, suffix: str
) -> None:
    turned = pyvips.Image.new_from_buffer(with_exif(picture(), PLACE), "")
    found = await darkroom.examine(put(bytes(turned.write_to_buffer(suffix))))
    assert found.orientation == 6
    assert (found.width, found.height) == (400, 600)
    if suffix != ".tiff":  # libvips copies no camera fields into a TIFF
        assert (found.camera_make, found.latitude) == ("Acme", 48.5)


@pytest.mark.parametrize("block", [b"", b"II*\0\xff\xff\xff\xff", PLACE[:60], os.urandom(300)])
async def test_broken_exif_does_not_refuse_a_picture(
    darkroom: VipsDarkroom, put: Put, tmp_path: Path, block: bytes
) -> None:
    path = put(with_exif(picture(), block))
    found = await darkroom.examine(path)
    await darkroom.thumbnail(path, ThumbnailKind.SQUARE, tmp_path / "thumbnail")
    assert {found.width, found.height} == {600, 400}


async def test_the_dominant_colour_is_the_commonest_and_not_the_mean(
    darkroom: VipsDarkroom, put: Put
) -> None:
    color = (await darkroom.examine(put(picture(".png")))).dominant_color
    channels = bytes.fromhex(color.removeprefix("#"))
    assert all(abs(got - made) <= 3 for got, made in zip(channels, (200, 100, 50), strict=True))


@pytest.mark.parametrize("space", ["b-w", "grey16", "rgb16", "cmyk", "lab", "scrgb"])
async def test_colours_of_every_space_come_out_as_srgb(
    darkroom: VipsDarkroom, put: Put, tmp_path: Path, space: str
) -> None:
    image = pyvips.Image.new_from_buffer(picture(".png"), "").colourspace(space)
    path = put(bytes(image.write_to_buffer(".tiff")))
    assert (await darkroom.examine(path)).dominant_color.startswith("#")
    await darkroom.thumbnail(path, ThumbnailKind.SQUARE, tmp_path / "thumbnail")
    assert loaded(tmp_path / "thumbnail").bands == 3


async def test_a_wide_gamut_picture_keeps_its_look_without_its_profile(
    darkroom: VipsDarkroom, put: Put
) -> None:
    image = pyvips.Image.new_from_buffer(picture(".png"), "")
    wide = image.icc_transform("p3", input_profile="srgb")
    color = (await darkroom.examine(put(bytes(wide.write_to_buffer(".png"))))).dominant_color
    channels = bytes.fromhex(color.removeprefix("#"))
    assert all(abs(got - made) <= 4 for got, made in zip(channels, (200, 100, 50), strict=True))


async def test_what_is_clear_becomes_white(darkroom: VipsDarkroom, put: Put) -> None:
    clear = pyvips.Image.new_from_buffer(picture(".png"), "").bandjoin(0)
    found = await darkroom.examine(put(bytes(clear.write_to_buffer(".png"))))
    assert found.dominant_color == "#ffffff"


async def test_an_animation_is_its_first_frame(
    darkroom: VipsDarkroom, put: Put, tmp_path: Path
) -> None:
    frames = pyvips.Image.new_from_buffer(picture(".png", width=60, height=120), "").copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 40)
    path = put(bytes(frames.write_to_buffer(".gif")))
    found = await darkroom.examine(path)
    await darkroom.thumbnail(path, ThumbnailKind.LARGE, tmp_path / "thumbnail")
    assert (found.width, found.height) == (60, 40)
    assert (loaded(tmp_path / "thumbnail").width, loaded(tmp_path / "thumbnail").height) == (60, 40)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.98])
async def test_a_file_that_breaks_off_is_no_picture(
    darkroom: VipsDarkroom, put: Put, tmp_path: Path, suffix: str, part: float
) -> None:
    whole = picture(suffix)
    path = put(whole[: int(len(whole) * part)])
    with pytest.raises(NotAPicture):
        await darkroom.examine(path)
    with pytest.raises(NotAPicture):
        await darkroom.thumbnail(path, ThumbnailKind.SQUARE, tmp_path / "thumbnail")
    assert files_in(tmp_path) == [path]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xd8\xff", id="a signature alone"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\0" * 5000, id="a signature and zeros"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", id="SVG"),
        pytest.param(b"GIF89a=1;/*" + b"x" * 300 + b"*/alert(1)", id="a script that is a GIF"),
        pytest.param(b"II*\0" + b"<svg>" * 50, id="a TIFF signature before SVG"),
        pytest.param(b"\0\0\0\x14ftypheic\0\0\0\0mif1" + b"\0" * 200, id="an empty HEIC"),
        pytest.param(picture(".png")[:8] + picture(".jpg"), id="a JPEG behind PNG's signature"),
        pytest.param(png_that_claims(0, 5), id="no width"),
        pytest.param(png_that_claims(2**31 - 1, 2**31 - 1), id="more than PNG can say"),
        pytest.param(png_that_claims(9, 9), id="fewer bytes than pixels"),
    ],
)
async def test_what_cannot_be_read_is_no_picture(
    darkroom: VipsDarkroom, put: Put, content: bytes
) -> None:
    with pytest.raises(NotAPicture):
        await darkroom.examine(put(content))


async def test_a_picture_is_taken_for_what_it_is_under_any_name(
    darkroom: VipsDarkroom, tmp_path: Path
) -> None:
    for name in ("photo.png", "photo.svg", "photo[page=9].jpg", "photo", "-photo.jpg", "фото.gif"):
        path = tmp_path / name
        path.write_bytes(picture(".jpg"))
        assert (await darkroom.examine(path)).media_type == "image/jpeg"


async def test_bytes_behind_a_picture_do_not_matter(darkroom: VipsDarkroom, put: Put) -> None:
    # Phones put a video behind a JPEG; what is shown of such a file is always the JPEG.
    found = await darkroom.examine(put(picture(".jpg") + b"PK\x03\x04<script>" * 100))
    assert found.media_type == "image/jpeg"


async def test_a_raw_picture_in_a_tiff_is_refused(darkroom: VipsDarkroom, put: Put) -> None:
    assert (await darkroom.examine(put(tiff_of_subfile_type(0)))).dominant_color == "#808080"
    # A raw file's first picture says that it is a preview, a "reduced-resolution version".
    with pytest.raises(NotAPicture, match="raw"):
        await darkroom.examine(put(tiff_of_subfile_type(1)))


async def test_heic_is_shown_or_refused_with_the_reason(darkroom: VipsDarkroom, put: Put) -> None:
    # Whether HEVC can be decoded is a choice of whoever built libvips.
    try:
        answer = (await darkroom.examine(put(samples.HEIC))).media_type
    except NotAPicture as error:
        answer = error.message
    assert answer in {
        "image/heic",
        "The image library of this server has no decoder for this picture.",
    }


@pytest.mark.parametrize(("width", "height"), [(100, 101), (10_001, 1), (100_000, 100_000)])
async def test_more_pixels_than_the_limit_are_refused_unseen(
    put: Put, tmp_path: Path, width: int, height: int
) -> None:
    small = VipsDarkroom(pixel_limit=10_000)
    path = put(png_that_claims(width, height))
    with pytest.raises(PictureTooLarge):
        await small.examine(path)
    with pytest.raises(PictureTooLarge):
        await small.thumbnail(path, ThumbnailKind.LARGE, tmp_path / "thumbnail")
    small.close()


async def test_exactly_the_limit_is_accepted(put: Put) -> None:
    small = VipsDarkroom(pixel_limit=10_000)
    assert (await small.examine(put(picture(width=100, height=100)))).width == 100
    small.close()


def test_bombs_stay_small_in_memory(tmp_path: Path) -> None:
    (tmp_path / "claims").write_bytes(png_that_claims(100_000, 100_000))
    (tmp_path / "packed").write_bytes(png_with_packed(500_000_000))
    (tmp_path / "large").write_bytes(
        bytes(pyvips.Image.black(13_000, 13_000, bands=3).write_to_buffer(".png", compression=1))
    )
    program = """
import asyncio, resource, sys
from pathlib import Path
from safelight.errors import SafelightError
from safelight.library.ports import ThumbnailKind
from safelight.pictures.darkroom import VipsDarkroom

async def look(darkroom, path):
    try:
        await darkroom.examine(path)
        await darkroom.thumbnail(path, ThumbnailKind.LARGE, path.with_suffix(".jpg"))
    except SafelightError:
        pass

async def main():
    darkroom = VipsDarkroom(threads=2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in sorted(Path(sys.argv[1]).iterdir()):
        await asyncio.gather(*(look(darkroom, path) for _ in range(4)))
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)

asyncio.run(main())
"""
    grown = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, check=True, text=True
    )
    assert int(grown.stdout) < 300, f"{grown.stdout} MiB"


def test_a_picture_that_there_is_no_memory_for_is_not_called_damaged(put: Put) -> None:
    """An interlaced PNG is decoded whole: that is 286 MiB, of 200 that this process may have."""
    program = """
import asyncio, resource, sys
from pathlib import Path
from safelight.errors import SafelightError
from safelight.pictures.darkroom import VipsDarkroom

async def main():
    darkroom = VipsDarkroom(threads=1)
    limit = 200 * 1024**2
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        await darkroom.examine(Path(sys.argv[1]))
    except SafelightError as error:
        print(error.code)

asyncio.run(main())
"""
    path = put(black_png(10_000, 10_000, interlaced=1))
    examined = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, check=True, text=True
    )
    assert examined.stdout == "busy\n"


async def test_a_file_that_is_not_there_is_not_found(
    darkroom: VipsDarkroom, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        await darkroom.examine(tmp_path / "nothing")
    with pytest.raises(Unavailable):
        await darkroom.examine(tmp_path)


async def test_no_error_names_a_path(darkroom: VipsDarkroom, put: Put, tmp_path: Path) -> None:
    for content in (b"", b"\xff\xd8\xff\xe0", picture(".png")[:500], png_that_claims(10**5, 10**5)):
        with pytest.raises(SafelightError) as raised:
            await darkroom.examine(put(content))
        assert str(tmp_path) not in str(raised.value)
        assert raised.value.__cause__ is None


async def test_the_event_loop_turns_while_pictures_are_made(
    darkroom: VipsDarkroom, put: Put
) -> None:
    path = put(picture(width=4000, height=3000))
    work = asyncio.gather(*(darkroom.examine(path) for _ in range(6)))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10


def real_photos() -> list[Path]:
    """Photographs beside the project, where somebody has put some; the rest needs none."""
    here = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("TEST_PHOTOS", here.parent / "shared" / "photos"))
    return sorted(path for path in folder.rglob("*.*") if path.suffix.lower() in {".jpg", ".heic"})


async def test_real_photographs_are_shown_or_refused_in_our_words(
    darkroom: VipsDarkroom, put: Put, tmp_path: Path
) -> None:
    for path in [put(picture()), *real_photos()]:
        try:
            await darkroom.examine(path)
            await darkroom.thumbnail(path, ThumbnailKind.LARGE, tmp_path / "thumbnail")
        except NotAPicture:
            assert "corrupt" in path.name or path.suffix == ".HEIC"
