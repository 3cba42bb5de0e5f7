from chalicelib.generation.plan import Plan, plan
from tests.generation.business import DENTAL, entity, example, mvs, reference


def test_an_entity_is_a_module_and_comes_after_what_it_refers_to():
    made = plan(mvs(entity("order", reference("customer")), entity("customer")))
    assert [module.name for module in made.modules] == ["customer", "order"]
    assert made.modules[1].depends_on == ("customer",)


def test_entities_that_refer_to_each_other_share_the_module_of_the_first():
    made = plan(mvs(entity("team", reference("person")), entity("person", reference("team"))))
    assert [module.entities for module in made.modules] == [("team", "person")]
    assert made.modules[0].depends_on == ()


def test_an_entity_that_refers_to_itself_stays_alone():
    made = plan(mvs(entity("person", reference("person"))))
    assert made.modules[0].depends_on == ()


def test_every_requirement_belongs_to_one_module_or_to_the_app():
    made = plan(example(DENTAL))
    listed = [
        *made.app_requirements,
        *(id for module in made.modules for id in module.requirements),
    ]
    assert len(listed) == len(set(listed))
    assert {f"R{number}" for number in range(1, len(listed) + 1)} == set(listed)


def test_a_plan_survives_its_json():
    made = plan(example(DENTAL))
    assert Plan.from_json(made.to_json()) == made
