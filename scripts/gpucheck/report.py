"""The table that gpu-check ends with: at most 60 lines."""

import speed

LONGEST = 160  # characters of what a stage says
PEERS = [("ours-cublas", "cuBLAS"), ("torch-eager", "eager"), ("torch-graph", "graph")]
PEERS += [("torch-compiled", "compiled"), ("jax", "JAX")]


def table(check):
    lines = [head(check), ""]
    for stage in check.stages:
        lines.append(f"{stage['stage']:12} {stage['verdict']:8} {stage['seconds']:6.1f} s  {stage['says'][:LONGEST]}")
    lines += step_times(check) + slowest(check)
    return "\n".join(lines) + "\n"


def head(check):
    machine = check.figures.get("machine", {})
    card = f"{machine.get('name', 'no card seen')}, driver {machine.get('driver_version', 'unknown')}"
    rehearsed = "; rehearsed on a stand-in driver: no figure is a measurement" if check.rehearse else ""
    return f"gpu-check of {check.commit} on {card}{rehearsed}"


def row_of(rows, case, program):
    return next((row for row in rows if row["case"] == case and row["program"] == program), None)


def step_times(check):
    """Milliseconds of each program, how many times faster ours is, and our share of the card's limits."""
    rows, lines = check.figures.get("steps", []), []
    if not rows:
        return lines
    names = "".join(f" {heading:>9}" for _, heading in PEERS)
    times = "".join(f" {'×' + heading:>9}" for _, heading in PEERS[1:])
    lines += ["", f"{'ms a step':18}      ours{names} {times}   floor  share"]
    for precision in speed.PRECISIONS:
        for case in speed.CASES:
            ours = row_of(rows, case, f"{precision}/ours")
            if ours:
                lines.append(step_line(check, rows, case, precision, ours["ms_median"]))
    lines.append("× is the peer's time over ours, each round its own; floor: the slower of FLOP and of the")
    lines.append("optimiser's bytes (where parts counted those), at")
    return [*lines, limits(check)]


def step_line(check, rows, case, precision, ours):
    line = f"{case:13}{precision:5} {ours:9.4f}"
    found = [row_of(rows, case, f"{precision}/{name}") for name, _ in PEERS]
    line += "".join(f" {row['ms_median']:9.4f}" if row else f" {'-':>9}" for row in found) + " "
    for row in found[1:]:
        ratio = row and row["ours_over_it"]
        line += f" {1 / ratio:9.2f}" if ratio else f" {'-':>9}"
    floor = floor_ms(check, case, precision, row_of(rows, case, f"{precision}/ours").get("mflop"))
    return line + (f" {floor:7.4f} {100 * floor / ours:5.0f} %" if floor else "       -      -")


def floor_ms(check, case, precision, mflop):
    """The least time for a case's matrix products, and for its optimiser's pass over the parameters.

    Both are the same in either precision. Without parts the products alone count, which the timed step itself tells.
    """
    limit = check.figures.get("ceilings", {})
    works = next(filter(None, (parts_of(check, case, of) for of in speed.PRECISIONS)), [])
    flop = sum(work["flop"] for work in works) or 1e6 * (mflop or 0)
    if not limit or not flop:
        return None
    update = sum(work["bytes"] for work in works if work["step"] == "Update")
    return 1e3 * max(flop / limit[f"{precision}_flops"], update / limit["bytes_per_second"])


def parts_of(check, case, precision):
    for found in check.figures.get("parts", []):
        if found["case"] == case and found["precision"] == precision:
            return found["parts"]
    return []


def limits(check):
    limit = check.figures.get("ceilings")
    if not limit:
        return "limits that were not measured"
    fp32, tf32 = limit["fp32_flops"] / 1e12, limit["tf32_flops"] / 1e12
    copy, node = limit["bytes_per_second"] / 1e12, limit["node_seconds"] * 1e6
    rates = f"{fp32:.0f} TFLOP/s fp32, {tf32:.0f} tf32, {copy:.2f} TB/s"
    return f"{rates}, measured here by PyTorch; a node of its CUDA graphs costs {node:.1f} µs"


def slowest(check):
    """The steps of the contract that cost most, alone."""
    lines = []
    for case, precision in (("m1-b100", "fp32"), ("m1-b1000", "tf32"), ("m2-100-500", "tf32")):
        works = sorted(parts_of(check, case, precision), key=lambda work: -work["us"])
        if works:
            total = sum(work["us"] for work in works)
            top = ", ".join(f"{work['step']} {work['shape']} {work['us']:.1f}" for work in works[:6])
            lines.append(f"{case} {precision}, {len(works)} steps one by one {total:.0f} µs: {top}")
    return ["", *lines] if lines else []
