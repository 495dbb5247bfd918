"""Writes the images of this folder and what Pillow makes of them: python make.py, with Pillow 11.3.0.

Pillow 13 takes the columns before the rows where that is quicker: one shade more or less.

expected.json holds for each case the file, what is to be done, and the pixels that Pillow has.
"""
import json, random, struct, zlib
from PIL import Image, ImageDraw, ImageFilter, ImageOps

random.seed(13)
cases = []


def drawn(mode, size):
    """A smooth picture with edges, so that a filter and a decoder have something to do."""
    w, h = size
    image = Image.new("RGB", size)
    for x in range(w):
        for y in range(h):
            image.putpixel((x, y), (x * 255 // w, y * 255 // h, (x * 7 + y * 3) % 256))
    draw = ImageDraw.Draw(image)
    draw.ellipse((w // 4, h // 4, w // 2, 3 * h // 4), fill=(250, 30, 60))
    draw.line((0, h - 1, w - 1, 0), fill=(10, 240, 20), width=2)
    return image.convert(mode)


def on_white(image):
    """The image as it is looked at, in colour on white."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def case(name, file, tolerance, image=None, **how):
    """One expectation. how: channels, height, width, rule."""
    image = image or on_white(Image.open(file))
    if how.get("channels", 3) == 1:
        image = image.convert("L")
    if "rule" in how:
        size = (how["width"], how["height"])
        image = {
            "stretch": lambda: image.resize(size, Image.Resampling.BILINEAR),
            "crop": lambda: ImageOps.fit(image, size, Image.Resampling.BILINEAR),
            "pad": lambda: ImageOps.pad(image, size, Image.Resampling.BILINEAR, color=0),
        }[how["rule"]]()
    cases.append({"name": name, "file": file, "channels": how.get("channels", 3), "tolerance": tolerance,
                  "rule": how.get("rule", ""), "height": image.height, "width": image.width,
                  "pixels": image.tobytes().hex()})


def save(file, image, **options):
    image.save(file, **options)
    return file


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png16(file, colour_type, w, h, values):
    """A PNG of 16 bits, which Pillow writes in grey alone."""
    per = {0: 1, 2: 3}[colour_type]
    rows = b""
    for y in range(h):
        row = values[y * w * per:(y + 1) * w * per]
        rows += b"\0" + b"".join(struct.pack(">H", v) for v in row)
    with open(file, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 16, colour_type, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    mode = {0: "L", 2: "RGB"}[colour_type]
    return Image.frombytes(mode, (w, h), bytes(round(v / 257) for v in values)).convert("RGB")


size = (13, 9)
# Kinds of PNG.
case("grey", save("grey.png", drawn("L", size)), 0, channels=1)
case("grey in colour", "grey.png", 0)
case("one bit", save("bit.png", drawn("1", size)), 0, channels=1)
case("colour", save("colour.png", drawn("RGB", size)), 0)
case("colour in grey", "colour.png", 0, channels=1)
case("palette", save("palette.png", drawn("RGB", size).quantize(16)), 0)
case("grey palette", save("greypalette.png", drawn("L", size).convert("P")), 0, channels=1)
rgba = drawn("RGB", size).convert("RGBA")
rgba.putalpha(Image.linear_gradient("L").resize(size))
case("alpha", save("alpha.png", rgba), 1)
case("grey with alpha", save("greyalpha.png", rgba.convert("LA")), 1, channels=1)
cut = drawn("RGB", size).quantize(16)
case("a transparent entry", save("cut.png", cut, transparency=3), 0)
values = [random.randrange(65536) for _ in range(size[0] * size[1] * 3)]
case("16 bits", "deep.png", 0, image=png16("deep.png", 2, *size, values))
case("16 bits, grey", "deepgrey.png", 0, image=png16("deepgrey.png", 0, *size, values[:117]), channels=1)


# Kinds of JPEG. Decoders differ in the last bits, and in how they spread colour over pixels.
photo = drawn("RGB", (40, 24))
case("JPEG, grey", save("grey.jpg", photo.convert("L"), quality=90), 2, channels=1)
case("JPEG", save("whole.jpg", photo, quality=90, subsampling=0), 4)
case("JPEG in grey", "whole.jpg", 3, channels=1)
case("progressive JPEG", save("progressive.jpg", photo, quality=90, subsampling=0, progressive=True), 4)
soft = photo.filter(ImageFilter.GaussianBlur(3))  # as photographs are: colour has no edges
case("JPEG, colour of every second pixel", save("half.jpg", soft, quality=95, subsampling=2), 20)
case("JPEG, colour of every second pixel, in grey", "half.jpg", 3, channels=1)
case("CMYK", save("cmyk.jpg", photo.convert("CMYK"), quality=95, subsampling=0), 5)

# A camera that was turned.
for turn in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = turn
    case(f"turned {turn}", save(f"turned{turn}.jpg", photo.resize((20, 12)), quality=90, subsampling=0, exif=exif), 4)
case("turned, PNG", save("turned.png", drawn("RGB", size), exif=exif), 0)

# Sizes: smaller, larger, one side each, odd ratios.
big = save("big.png", drawn("RGB", (61, 37)))
for height, width in [(28, 28), (8, 8), (37, 20), (20, 61), (40, 70), (1, 1), (5, 50), (50, 5), (37, 61)]:
    for rule in ["stretch", "crop", "pad"]:
        for channels in [1, 3]:
            if channels == 1 or height * width < 1000:
                case(f"{rule} to {height}x{width}, {channels}", big, 0, channels=channels, height=height, width=width,
                     rule=rule)

with open("expected.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
