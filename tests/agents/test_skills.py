"""Skills: found, judged, and listed in the prompt."""

from pathlib import Path

import pytest

from openclaw_gateway.agents.skills import Requirements, Skill, SkillSettings, find_skills, write_skills


def put(root: Path, place: str, head: str) -> Path:
    """Write a SKILL.md."""
    folder = root / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(f"---\n{head}\n---\nDo it.\n")
    return folder / "SKILL.md"


def names(skills: tuple[Skill, ...]) -> list[str]:
    return [skill.name for skill in skills]


def test_strongest_root_wins(tmp_path: Path) -> None:
    """Of two skills of one name the first root's is taken; all are sorted by name."""
    put(tmp_path / "b", "x/trips", "name: trips\ndescription: theirs")
    put(tmp_path / "b", "notes", "description: named by its folder")
    first = put(tmp_path / "a", "trips", "name: trips\ndescription: mine")
    skills = find_skills(SkillSettings(roots=[("workspace", tmp_path / "a"), ("managed", tmp_path / "b")]))
    assert [(skill.name, skill.source, skill.description) for skill in skills] == [
        ("notes", "managed", "named by its folder"), ("trips", "workspace", "mine"),
    ]  # fmt: skip
    assert skills[1].file == first


def test_what_is_no_skill_is_passed_over(tmp_path: Path) -> None:
    """Files without a description, behind links, hidden, too deep or inside another skill are none."""
    put(tmp_path / "s", "silent", "name: silent")
    put(tmp_path / "s", ".hidden/h", "description: x")
    put(tmp_path / "s", "1/2/3/4/5/6/7", "description: x")
    put(tmp_path / "s", "good", "description: x")
    put(tmp_path / "s", "good/inner", "description: x")
    put(tmp_path / "out", "secret", "description: x")
    (tmp_path / "s" / "link").symlink_to(tmp_path / "out")
    assert names(find_skills(SkillSettings(roots=[("workspace", tmp_path / "s")]))) == ["good"]
    assert find_skills(SkillSettings(roots=[("workspace", tmp_path / "none")])) == ()


@pytest.mark.parametrize(
    ("metadata", "is_eligible", "missing"),
    [
        pytest.param({}, True, Requirements(), id="needs nothing"),
        pytest.param({"requires": {"bins": ["sh"]}}, True, Requirements(), id="a program that is there"),
        pytest.param({"requires": {"bins": ["no-such"]}}, False, Requirements(bins=("no-such",)), id="one that is not"),
        pytest.param({"requires": {"anyBins": ["no-such", "sh"]}}, True, Requirements(), id="one of two"),
        pytest.param({"requires": {"env": ["KNOWN", "GIVEN"]}}, True, Requirements(), id="variables"),
        pytest.param({"requires": {"env": ["X"]}}, False, Requirements(env=("X",)), id="a variable that is not there"),
        pytest.param({"os": ["beos"]}, False, Requirements(os=("beos",)), id="another system"),
        pytest.param({"os": ["beos"], "always": True}, True, Requirements(os=("beos",)), id="always"),
        pytest.param({"requires": "x", "os": 3}, True, Requirements(), id="nonsense"),
    ],
)
def test_requirements(tmp_path: Path, metadata: dict[str, object], is_eligible: bool, missing: Requirements) -> None:
    """A skill is used where what it needs is there; what is missing is told."""
    text = str({"openclaw": metadata}).replace("True", "true")
    put(tmp_path, "s", f"name: s\ndescription: x\nmetadata: {text}")
    settings = SkillSettings(roots=[("managed", tmp_path)], variables=("KNOWN",), given={"s": ("GIVEN",)})
    (skill,) = find_skills(settings)
    assert (skill.is_eligible, skill.missing) == (is_eligible, missing)


def test_config_chooses(tmp_path: Path) -> None:
    """Only allowed skills are there, disabled ones are not used, and roots are bounded."""
    for name in "abc":
        put(tmp_path, name, "description: x")
    roots = [("managed", tmp_path)]
    assert names(find_skills(SkillSettings(roots=roots, allowed=("a", "c")))) == ["a", "c"]
    assert names(find_skills(SkillSettings(roots=roots, allowed=()))) == []
    assert [skill.is_eligible for skill in find_skills(SkillSettings(roots=roots, disabled=("b",)))] == [
        True,
        False,
        True,
    ]
    assert names(find_skills(SkillSettings(roots=roots, max_per_root=2))) == ["a", "b"]


def test_section_of_the_prompt(tmp_path: Path) -> None:
    """Usable skills stand there with name, description and place, within bounds, and cannot break the form."""
    put(tmp_path, "a", "description: <b> & c")
    put(tmp_path, "hidden", "description: x\ndisable-model-invocation: true")
    put(tmp_path, "z", "description: z")
    settings = SkillSettings(roots=[("workspace", tmp_path)])
    skills = find_skills(settings)
    text = write_skills(skills, settings, shown={tmp_path: "/w/skills"})
    assert (
        "<skill><name>a</name><description>&lt;b&gt; &amp; c</description>"
        "<location>/w/skills/a/SKILL.md</location></skill>" in text
    )
    assert "hidden" not in text
    assert f"<location>{tmp_path}/z/SKILL.md</location>" in write_skills(skills, settings, shown={})
    one = SkillSettings(max_in_prompt=1)
    assert write_skills(skills, one, shown={}).count("<skill>") == 1
    assert write_skills(skills, SkillSettings(max_prompt_chars=10), shown={}) == ""
